// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.file;
import static io.tetragon.it.policy.Hits.lsm;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Expectation;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.PolicyClient.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LSM hooks: what they report, and what does not happen because of them. */
@NeedsAgent
@Order(7)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LsmIT {
    /** Bytes of kernel memory: each hook has the generic program twice, for calls that others have refused. */
    private static final long TWO_PROGRAMS = 250_000;

    private static final String CONTENT = "what nobody is to read";
    private static final int KILLED = 137;

    private final Path watched = Path.of(Places.scratch("lsm-watched"));
    private final Path folder = Path.of(Places.scratch("lsm-folder"));
    private AgentProcess agent;
    private PolicyClient policies;

    @BeforeAll
    void start() {
        Lane.LSM.missing().ifPresent(reason -> assumeTrue(false, reason));
        Places.missingSensor("lsm").ifPresent(reason -> assumeTrue(false, reason));
        agent = Agents.running(AgentSetup.DEFAULTS);
        policies = new PolicyClient(agent);
    }

    @BeforeEach
    void makeFiles() throws IOException {
        Files.writeString(watched, CONTENT);
        Files.deleteIfExists(folder);
    }

    @AfterEach
    void clean() throws IOException {
        policies.deleteAll();
        Files.deleteIfExists(watched);
        Files.deleteIfExists(folder);
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    @Test
    void openingAFileIsReportedWithItsPath() {
        add("post", opens("- {action: Post}\n"));
        Launch.Running cat = cat(0, action(opened(), "POST").with("policy_name", Check.is("post")));
        assertEquals(CONTENT, cat.output());

        PolicyClient.Policy policy = policies.get("post");
        assertEquals(List.of("generic_lsm"), policy.sensors());
        assertEquals(1, policy.counters().post(), policy::toString);
        assertTrue(policy.kernelMemory() <= TWO_PROGRAMS, policy::toString);
    }

    @Test
    void overrideKeepsAFileFromBeingOpenedUntilThePolicyGoes() {
        add("deny", opens("- {action: Override, argError: -13}\n"));
        Launch.Running cat = cat(1, action(opened(), "OVERRIDE"));
        assertTrue(cat.output().endsWith("Permission denied\n"), cat.output());

        policies.delete("deny");
        assertEquals(CONTENT, cat(0).output());
    }

    @Test
    void overrideKeepsAFolderFromBeingMade() {
        add("deny", makes("- {action: Override, argError: -1}\n"));
        Launch.Running mkdir = run(Launch.of("/usr/bin/mkdir", folder.toString()), 1, action(lsm("inode_mkdir"), "OVERRIDE"));
        assertTrue(mkdir.output().endsWith("Operation not permitted\n"), mkdir.output());
        assertFalse(Files.exists(folder));
    }

    @Test
    void overrideAndNoPostDenyWithoutAnEvent() {
        add("deny", opens("- {action: Override, argError: -1}\n- {action: NoPost}\n"));
        assertFalse(cat(1).output().contains(CONTENT));
        PolicyClient.Counters counters = policies.get("deny").counters();
        assertEquals(1, counters.enforced(), counters::toString);
        assertEquals(0, counters.post(), counters::toString);
    }

    @Test
    void sigkillEndsTheProcessAndWithOverrideNothingIsDoneBefore() {
        add("kill", makes("- {action: Sigkill}\n- {action: Override, argError: -1}\n"));
        run(Launch.of("/usr/bin/mkdir", folder.toString()), KILLED, lsm("inode_mkdir"));
        assertFalse(Files.exists(folder));
    }

    @Test
    void signalSendsWhatItSays() {
        add("signal", opens("- {action: Signal, argSig: 15}\n"));
        assertFalse(cat(128 + 15, action(opened(), "SIGNAL")).output().contains(CONTENT));
    }

    @Test
    void inMonitorModeNothingIsDoneAndEverythingCounted() {
        add("monitored", opens("- {action: Override, argError: -1}\n- {action: Sigkill}\n"));
        policies.setMode("monitored", Mode.MONITOR);
        assertEquals(CONTENT, cat(0, opened()).output());
        PolicyClient.Counters counters = policies.get("monitored").counters();
        assertEquals(2, counters.monitored(), counters::toString);
        assertEquals(0, counters.enforced(), counters::toString);

        policies.setMode("monitored", Mode.ENFORCE);
        assertFalse(cat(KILLED, opened()).output().contains(CONTENT));
    }

    /** It forgot to except the agent. */
    @Test
    void aPolicyThatForbidsTheAgentToUseBpfIsListedAndCanBeDeleted() {
        add("posts", opens("- {action: Post}\n"));
        add("forbids", "lsmhooks:\n- hook: bpf\n  selectors:\n  - matchActions: [{action: Override, argError: -1}]\n");
        assertEquals("enabled", policies.get("forbids").state());
        assertEquals("enabled", policies.get("posts").state());
        policies.delete("forbids");
        cat(0, action(opened(), "POST"));
        assertEquals(1, policies.get("posts").counters().post());
    }

    @Test
    void aHookMayBeInAPolicyTwice() {
        add("twice", opens("- {action: Post}\n") + "\n" + hooksOf(opens("- {action: Override, argError: -1}\n")));
        cat(1, action(opened(), "OVERRIDE"), action(opened(), "POST"));
    }

    @Test
    void allPoliciesOfAHookReportWhicheverRefuses() {
        add("first-denies", opens("- {action: Override, argError: -1}\n"));
        add("second-posts", opens("- {action: Post}\n"));
        add("third-denies", opens("- {action: Override, argError: -13}\n"));
        add("fourth-posts", opens("- {action: Post}\n"));
        add("of-others", opens("- {action: Post}\n").replace("/usr/bin/cat", "/usr/bin/head"));
        for (int i = 0; i < 3; i++) {
            assertFalse(cat(
                            1,
                            action(opened(), "POST").with("policy_name", Check.is("fourth-posts")),
                            action(opened(), "OVERRIDE").with("policy_name", Check.is("third-denies")),
                            action(opened(), "POST").with("policy_name", Check.is("second-posts")),
                            action(opened(), "OVERRIDE").with("policy_name", Check.is("first-denies")))
                    .output().contains(CONTENT));
        }
    }

    @Test
    void aHookThatReturnsNothingIsReported() throws IOException {
        Path program = program();
        add("committed", executes("bprm_committed_creds", program, "- {action: Post}\n"));
        run(Launch.of(program.toString()), 0, executed("bprm_committed_creds", program));
    }

    @Test
    void theHashOfAnExecutedFileIsInTheEventAndOfOthersNothingIsComputed() throws Exception {
        Path program = program();
        add("hashes", executes("bprm_check_security", program, "- {action: Post, imaHash: true}\n"));
        run(Launch.of(Places.trigger("true")), 0);
        for (int i = 0; i < 2; i++) {
            run(Launch.of(program.toString()), 0, hashed(executed("bprm_check_security", program), program));
        }
    }

    @Test
    void aHookThatReturnsNothingHasTheHashToo() throws Exception {
        Path program = program();
        add("hashes", executes("bprm_committing_creds", program, "- {action: Post, imaHash: true}\n"));
        run(Launch.of(program.toString()), 0, hashed(executed("bprm_committing_creds", program), program));
    }

    @Test
    void whatIsDeniedHasItsHashWhoeverDeniesIt() throws Exception {
        Path program = program();
        String held = "- {action: Post, imaHash: true}\n- {action: Override, argError: -1}\n";
        add("own", executes("bprm_check_security", program, held));
        String shell = "/usr/bin/dash";
        String command = program + " && exit 9";
        run(Launch.of(shell, "-c", command), 126,
                hashed(action(executed("bprm_check_security", program), "OVERRIDE"), program));
        policies.delete("own");

        add("posts", executes("bprm_check_security", program, "- {action: Post, imaHash: true}\n"));
        add("denies", executes("bprm_check_security", program, "- {action: Override, argError: -1}\n"));
        // Denied before the file was read, or behind it, as the policies came.
        run(Launch.of(shell, "-c", command), 126,
                action(executed("bprm_check_security", program), "OVERRIDE"),
                action(executed("bprm_check_security", program), "POST").with("ima_hash", Check.absent()));
        policies.delete("posts");
        add("posts", executes("bprm_check_security", program, "- {action: Post, imaHash: true}\n"));
        run(Launch.of(shell, "-c", command), 126,
                hashed(action(executed("bprm_check_security", program), "POST"), program),
                action(executed("bprm_check_security", program), "OVERRIDE"));
    }

    @Test
    void aMappedLibraryHasItsHash() throws Exception {
        Path library = Files.copy(Path.of("/lib/x86_64-linux-gnu/libm.so.6"), Path.of(Places.scratch("lsm-library.so")),
                StandardCopyOption.REPLACE_EXISTING);
        add("hashes", """
                lsmhooks:
                - hook: "mmap_file"
                  args:
                  - {index: 0, type: "file"}
                  - {index: 1, type: "uint64"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "Equal", values: ["%s"]}
                    - {index: 1, operator: "Mask", values: ["4"]}
                    matchActions:
                    - {action: Post, imaHash: true}
                """.formatted(library));
        Launch preloading = Launch.of("/usr/bin/cat", watched.toString()).environment(Map.of("LD_PRELOAD", library.toString()));
        run(preloading, 0, hashed(lsm("mmap_file", file(library.toString(), "-rw-r--r--"), Hits.size(5)), library));
    }

    /** The kernel cannot read a file that is being opened, and takes what it measured when it was opened before. */
    @Test
    void anOpenedFileHasTheHashThatImaMeasured() throws Exception {
        Lane.IMA.missing().ifPresent(reason -> assumeTrue(false, reason));
        int owner = 54321;
        Path rules = Path.of("/sys/kernel/security/ima/policy");
        assumeTrue(Files.isWritable(rules), "IMA has its policy already");
        Files.writeString(rules, "measure func=FILE_CHECK fowner=" + owner + "\n");
        Files.setAttribute(watched, "unix:uid", owner);
        add("hashes", opens("- {action: Post, imaHash: true}\n"));
        cat(0, opened().with("ima_hash", Check.absent()));
        cat(0, hashed(opened(), watched));
        Files.writeString(watched, "other");
        cat(0, opened().with("ima_hash", Check.absent()));
        cat(0, hashed(opened(), watched));

        // IMA opens it to read it, with a lock held that hashing takes.
        policies.delete("hashes");
        add("hashes", opens("- {action: Post, imaHash: true}\n").replace("/usr/bin/cat", "/usr/bin/dd"));
        Files.delete(watched);
        Files.writeString(watched, "third");
        ExpectedEvent first = hashed(opened(), watched);
        Files.setAttribute(watched, "unix:uid", owner);
        Launch dd = Launch.of("/usr/bin/dd", "if=/dev/null", "of=" + watched, "conv=notrunc,nocreat", "status=none");
        run(dd, 0, first, opened().with("ima_hash", Check.absent()));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', value = {
        "bprm_committed_creds | {action: Override, argError: -1} | Override on LSM hook bprm_committed_creds: the hook returns nothing",
        "inode_mkdir          | {action: Post, imaHash: true}    | imaHash on LSM hook inode_mkdir: the hook is passed no file",
        "file_permission      | {action: Post, imaHash: true}    | bpf_lsm_file_permission is not sleepable",
        "verify_prog          | {action: Post}                   | this kernel takes no programs there: the kernel's verifier says",
    })
    void whatAHookCannotDoIsRefused(String hook, String action, String words) {
        String said = LsmRefusalIT.refusal(policies, LsmRefusalIT.hook(hook, "matchActions: [" + action + "]"));
        assertTrue(said.contains(words), said);
    }

    /** A program that ends at once, at a path of its own. */
    private static Path program() throws IOException {
        Launch.of(Places.trigger("true")).missing().ifPresent(reason -> assumeTrue(false, reason));
        Path program = Path.of(Places.scratch("lsm-program"));
        Files.copy(Path.of(Places.trigger("true")), program, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }

    private static String executes(String hook, Path program, String actions) {
        return """
                lsmhooks:
                - hook: "%s"
                  args:
                  - {index: 0, type: "linux_binprm"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "Equal", values: ["%s"]}
                    matchActions:
                """.formatted(hook, program) + actions.indent(4);
    }

    private static ExpectedEvent executed(String hook, Path program) {
        return lsm(hook, "{'linux_binprm_arg':{'path':'" + program + "','permission':'-rwxr-xr-x'}}");
    }

    /** With the digest that the kernel was booted to compute, or is built to. */
    private static ExpectedEvent hashed(ExpectedEvent event, Path file) throws IOException, NoSuchAlgorithmException {
        Lane.IMA.missing().ifPresent(reason -> assumeTrue(false, reason));
        byte[] bytes = Files.readAllBytes(file);
        List<String> digests = List.of(
                "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)),
                "sha1:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes)));
        return event.with("ima_hash", Check.matches(String.join("|", digests)));
    }

    private ExpectedEvent opened() {
        return lsm("file_open", file(watched.toString(), "-rw-r--r--"));
    }

    private String opens(String actions) {
        return """
                lsmhooks:
                - hook: "file_open"
                  args:
                  - {index: 0, type: "file"}
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["/usr/bin/cat"]}
                    matchArgs:
                    - {index: 0, operator: "Equal", values: ["%s"]}
                    matchActions:
                """.formatted(watched) + actions.indent(4);
    }

    private static String makes(String actions) {
        return """
                lsmhooks:
                - hook: "inode_mkdir"
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["/usr/bin/mkdir"]}
                    matchActions:
                """ + actions.indent(4);
    }

    private static String hooksOf(String spec) {
        return spec.substring(spec.indexOf('\n') + 1);
    }

    private void add(String name, String spec) {
        policies.add(PolicyText.of(name, spec));
    }

    private Launch.Running cat(int status, ExpectedEvent... expected) {
        return run(Launch.of("/usr/bin/cat", watched.toString()), status, expected);
    }

    /** Runs it to this end, which gives exactly these events of LSM hooks. */
    private Launch.Running run(Launch launch, int status, ExpectedEvent... expected) {
        launch.missing().ifPresent(reason -> assumeTrue(false, reason));
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = launch.run();
        assertEquals(status, running.awaitEnd(), running::output);
        log.barrier();
        List<Event> events = EventTree.below(running.pid(), log.since(mark)).stream()
                .filter(event -> event.type().equals("process_lsm"))
                .toList();
        new Expectation(List.of(expected)).difference(events).ifPresent(difference -> {
            throw new AssertionError(difference);
        });
        return running;
    }
}
