// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which file a uprobe means, and policies that mean none. */
@NeedsAgent
@Order(7)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UprobeIT {
    private static final String CALLS = UprobeRows.CALLS;
    private static final String POLICY = "it-uprobe";

    private AgentProcess agent;
    private PolicyClient policies;

    @BeforeAll
    void start() {
        Places.missingSensor("uprobe").ifPresent(reason -> assumeTrue(false, reason));
        Launch.of(CALLS).missing().ifPresent(reason -> assumeTrue(false, reason));
        agent = Agents.running(AgentSetup.DEFAULTS);
        policies = new PolicyClient(agent);
    }

    @AfterEach
    void clean() {
        policies.deleteAll();
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    @Test
    void aFileOfAnotherMountNamespaceIsHookedThere() throws IOException {
        Path folder = Files.createDirectory(Path.of(scratch("elsewhere")));
        Launch.Running running = Launch.of("/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount -t tmpfs none " + folder
                + " && cp " + CALLS + " " + folder + "/calls && read word; exec " + folder + "/calls add 2 3").hold().start();
        try {
            Path seen = Path.of("/proc/" + running.pid() + "/root" + folder + "/calls");
            Timeouts.await(Timeouts.action(), () -> isLike(seen, Path.of(CALLS)));
            assertTrue(Files.notExists(folder.resolve("calls")), "it is in the other namespace only");
            add(UprobeRows.on(seen.toString(), "symbols: [calls_add]", ""));
            int mark = agent.events().mark();
            running.release();
            assertEquals(5, running.awaitEnd(), running::output);
            List<Event> hits = hits(mark, running.pid());
            assertEquals(1, hits.size(), () -> EventLog.summary(agent.events().since(mark)));
            assertEquals(seen.toString(), hits.get(0).at("path").asText());
        } finally {
            running.process().destroyForcibly();
        }
    }

    @Test
    void aHookStaysWithItsFileWhenAnotherTakesItsPath() throws IOException {
        Path file = Files.copy(Path.of(CALLS), Path.of(scratch("replaced")));
        Path kept = Files.createLink(Path.of(scratch("kept")), file);
        add(UprobeRows.on(file.toString(), "symbols: [calls_add]", ""));
        Files.move(Files.copy(Path.of(CALLS), Path.of(scratch("newer"))), file, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(0, hitsOf(file), "of the file that is there now");
        assertEquals(1, hitsOf(kept), "of the file that was there");
        policies.disable(POLICY);
        assertEquals(0, hitsOf(kept), "while it is disabled");
        policies.enable(POLICY);
        assertEquals(1, hitsOf(file), "of the file that was there when it was enabled again");
    }

    @Test
    void linksLeadToTheFile() throws IOException {
        Path link = Files.createSymbolicLink(Path.of(scratch("link-to-calls")), Path.of(CALLS));
        add(UprobeRows.on(link.toString(), "symbols: [calls_add]", ""));
        assertEquals(1, hitsOf(Path.of(CALLS)));
    }

    @Test
    void aFileIsHookedWhenOneOfItsDigestsIsRight() throws IOException, NoSuchAlgorithmException {
        for (String algorithm : List.of("sha1", "sha256", "sha384", "sha512")) {
            add(UprobeRows.on(CALLS, "symbols: [calls_add]", "binaryDigests: [\"sha256:" + "00".repeat(32) + "\", \""
                    + algorithm + ":" + digest(algorithm) + "\"]\n"));
            assertEquals(1, hitsOf(Path.of(CALLS)), algorithm);
            policies.delete(POLICY);
        }
    }

    @Test
    void anotherFileIsLeftOutWhereThePolicyAllowsThat() {
        add(UprobeRows.on(CALLS, "symbols: [calls_add]", """
                binaryDigests: ["build-id:0011"]
                ignore: {digestVerificationFailure: true}
                """) + UprobeRows.on(CALLS, "symbols: [calls_local]", "").replace("uprobes:\n", ""));
        PolicyClient.Policy policy = policies.get(POLICY);
        assertEquals("partially_enabled", policy.state(), policy.error());
        assertEquals(List.of("digest_rejected", "loaded"),
                policy.hooks().stream().map(PolicyClient.Hook::state).toList());
        assertEquals(0, hitsOf(Path.of(CALLS)));
    }

    @Test
    void aPolicyWhoseEnforcingHooksAreLeftOutHasAModeAllTheSame() {
        add("options: [{name: policy-mode, value: monitor}]\n" + UprobeRows.on(CALLS, "symbols: [calls_add]", """
                binaryDigests: ["build-id:0011"]
                ignore: {digestVerificationFailure: true}
                """ + acts("{action: Sigkill}")) + UprobeRows.on(CALLS, "symbols: [calls_local]", "").replace("uprobes:\n", ""));
        assertEquals("partially_enabled", policies.get(POLICY).state());
        policies.setMode(POLICY, PolicyClient.Mode.ENFORCE);
        assertEquals(PolicyClient.Mode.ENFORCE, policies.get(POLICY).mode());
    }

    static Stream<Arguments> refusals() throws IOException {
        Path text = Files.writeString(Path.of(scratch("not-elf")), "#!/bin/sh\n".repeat(100));
        Path cut = Path.of(scratch("cut"));
        if (Files.exists(Path.of(CALLS))) {
            byte[] whole = Files.readAllBytes(Path.of(CALLS));
            Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
        }
        Path foreign = Path.of(scratch("of-another-processor"));
        if (Files.exists(Path.of(CALLS))) {
            byte[] whole = Files.readAllBytes(Path.of(CALLS));
            whole[18] = (byte) 183;
            Files.write(foreign, whole);
        }
        Path holes = Path.of(scratch("holes"));
        try (FileChannel channel = FileChannel.open(holes, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 1L << 40);
        }
        String add = "symbols: [calls_add]";
        return Stream.of(
                Arguments.of("/no/such/program", add, "", "/no/such/program does not exist"),
                Arguments.of("/etc", add, "", "/etc is no regular file"),
                Arguments.of("/dev/null", add, "", "/dev/null is no regular file"),
                Arguments.of(text.toString(), add, "", "is no ELF file of 64 bits"),
                Arguments.of(cut.toString(), add, "", "is a damaged ELF file"),
                Arguments.of(CALLS, "symbols: [calls_ad]", "", "has no function calls_ad (did you mean calls_add"),
                Arguments.of(CALLS, "symbols: [\"calls_add+9999\"]", "", "lies behind calls_add"),
                Arguments.of(CALLS, "symbols: [\"calls_deep+5\"]", "return: true\nreturnArg: {index: 0, type: int}\n",
                        "no return can be waited for at calls_deep+5"),
                Arguments.of(CALLS, "offsets: [0x7fffffffffff]", "", "there is no code at offset"),
                Arguments.of(CALLS, "addrs: [5]", "", "there is no code at address"),
                Arguments.of(CALLS, add, "binaryDigests: [\"build-id:0011\"]\n", "none of the policy's binaryDigests"),
                Arguments.of(CALLS, add + "\n  btfPath: /no/types",
                        "args: [{index: 0, type: int, btfType: some, resolve: a}]\n", "/no/types"),
                Arguments.of(foreign.toString(), add, "", "is for processors of type 183, not for x86-64"),
                Arguments.of(holes.toString(), add, "binaryDigests: [\"sha256:" + "00".repeat(32) + "\"]\n",
                        "the limit for sha256 is"),
                Arguments.of(CALLS, add, "return: true\nreturnArg: {index: 0, type: int}\n"
                        + acts("{action: Override, argError: 1}"), "Override of a function whose return is waited for"),
                Arguments.of(CALLS, add, acts("{action: Override, argRegs: [\"rbx=1\", \"rbx=2\"]}"), "rbx is set twice"),
                Arguments.of(CALLS, add, acts("{action: Override, argRegs: [\"cs=1\"]}"), "no register \\\"cs\\\" to set"),
                Arguments.of(CALLS, add, acts("{action: Override, argNewSymbol: calls_inste}"),
                        "has no function calls_inste (did you mean calls_instead"),
                Arguments.of(CALLS, add, acts("{action: Override, argNewAddr: 1}"), "argNewAddr: there is no code"),
                Arguments.of(CALLS, add, acts("{action: GetUrl, argUrl: \"http://localhost/\"}"), "GetUrl"));
    }

    @ParameterizedTest(name = "{0} {1}: {3}")
    @MethodSource("refusals")
    void aPolicyThatMeansNothingIsRefusedInOneLine(String path, String place, String rest, String why) {
        StatusRuntimeException refusal =
                assertThrows(StatusRuntimeException.class, () -> add(UprobeRows.on(path, place, rest)));
        String said = String.valueOf(refusal.getStatus().getDescription());
        assertTrue(said.contains(why.replace("\\\"", "\"")), said);
        assertEquals(1, said.lines().count(), said);
    }

    @Test
    void returnsOfGoFunctionsAreRefusedForTheyWouldCrashTheProgram() {
        String program = "/usr/sbin/runc";
        assumeTrue(Files.exists(Path.of(program)), "no program written in Go: " + program);
        StatusRuntimeException refusal = assertThrows(StatusRuntimeException.class, () -> add(UprobeRows.on(program,
                "symbols: [main.main]", "return: true\nreturnArg: {index: 0, type: int}\n")));
        assertTrue(String.valueOf(refusal.getStatus().getDescription()).contains("main.main, which is written in Go"),
                refusal.toString());
        policies.delete(POLICY);
        add(UprobeRows.on(program, "symbols: [main.main]", "data: [{index: 0, source: pt_regs, resolve: rax, type: uint64}]\n"));
    }

    static Stream<Arguments> greedyFiles() throws IOException {
        return Stream.of(
                Arguments.of(GreedyFiles.longNames(), "symbols: [nowhere]", "has no function nowhere"),
                Arguments.of(GreedyFiles.manySections(), "provider: a\n  name: b", "is a damaged ELF file"),
                Arguments.of(GreedyFiles.largeTables(), "provider: a\n  name: b\n  args: [{index: 0, type: int}]",
                        "the file has no symbol variable"));
    }

    /** Files of other people are read in the agent's small heap, where too much of one would be its end. */
    @ParameterizedTest(name = "{2}")
    @MethodSource("greedyFiles")
    void aFileThatClaimsMuchCostsTheAgentLittle(byte[] bytes, String place, String why) throws IOException {
        Path file = Files.write(Path.of(scratch("greedy")), bytes);
        StatusRuntimeException refusal = assertThrows(StatusRuntimeException.class, () -> add(
                UprobeRows.on(file.toString(), place, "").replace("uprobes:", place.startsWith("symbols") ? "uprobes:" : "usdts:")));
        String said = String.valueOf(refusal.getStatus().getDescription());
        assertTrue(said.contains(why), said);
        assertTrue(agent.isAlive(), "the agent runs on");
    }

    @Test
    void overrideSaysWhatTheKernelLacks() {
        assumeTrue(Lane.UPROBE_REGISTERS.missing().isPresent(), "the kernel has it");
        StatusRuntimeException refusal = assertThrows(StatusRuntimeException.class, () -> add(
                UprobeRows.on(CALLS, "symbols: [calls_add]", acts("{action: Override, argError: 1}"))));
        assertTrue(String.valueOf(refusal.getStatus().getDescription()).contains("lacks uprobe_regs_change"),
                refusal.toString());
    }

    @ParameterizedTest(name = "{0} and {1} make {2}")
    @CsvSource(delimiter = '|', value = {
        "argError: 77                 | argError: 77                 | 77",
        "argNewSymbol: calls_instead  | argNewSymbol: calls_instead  | 42",
        "argNewSymbol: calls_instead  | argError: 77                 | 42 77",
        "argRegs: [\"rdi=0\"]         | argError: 77                 | 77",
    })
    void overridesOfSeveralPoliciesGoTogether(String one, String other, String status) {
        requireRegisters();
        add(overriding(one));
        policies.add(PolicyText.of("other", overriding(other)));
        int ended = Launch.of(CALLS, "check", "x").run().process().exitValue();
        assertTrue(List.of(status.split(" ")).contains(Integer.toString(ended)), () -> "ended with " + ended);
    }

    @ParameterizedTest(name = "{0} makes {1}")
    @CsvSource(delimiter = '|', value = {
        "argError: 77                | 77",
        "argNewSymbol: calls_instead | 42",
    })
    void aFunctionThatIsOverriddenMayBeWaitedFor(String override, int status) {
        requireRegisters();
        add(overriding(override));
        policies.add(PolicyText.of("other", UprobeRows.on(CALLS, "symbols: [calls_check]",
                "return: true\nreturnArg: {index: 0, type: int}\n")));
        assertEquals(status, Launch.of(CALLS, "check", "x", "check", "y").run().process().exitValue());
    }

    private static void requireRegisters() {
        Lane.UPROBE_REGISTERS.missing().ifPresent(reason -> assumeTrue(false, reason));
    }

    private static String overriding(String parameters) {
        return UprobeRows.on(CALLS, "symbols: [calls_check]", acts("{action: Override, " + parameters + "}"));
    }

    private static String acts(String action) {
        return "selectors:\n- matchActions: [" + action + "]\n";
    }

    private void add(String spec) {
        policies.add(PolicyText.of(POLICY, spec));
    }

    /** How often the policy reports a run of this program. */
    private int hitsOf(Path program) {
        EventLog log = agent.events();
        int mark = log.mark();
        return hits(mark, Launch.of(program.toString(), "add", "1", "2").run().pid()).size();
    }

    private List<Event> hits(int mark, long pid) {
        EventLog log = agent.events();
        log.barrier();
        return EventTree.below(pid, log.since(mark)).stream()
                .filter(event -> event.at("policy_name").asText("").equals(POLICY)).toList();
    }

    private static boolean isLike(Path file, Path other) {
        try {
            return Files.exists(file) && Files.size(file) == Files.size(other);
        } catch (IOException e) {
            return false;
        }
    }

    private static String digest(String algorithm) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm.replace("sha", "SHA-"))
                .digest(Files.readAllBytes(Path.of(CALLS))));
    }
}
