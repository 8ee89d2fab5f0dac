// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.cli.internal.CliException;
import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.PolicyParser;
import io.tetragon.policy.PolicyResult;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.UprobeSpec.Location.Symbols;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that is printed is read again by the parser that the agent uses. */
class GeneratedPoliciesTest {
    private final List<String> warnings = new ArrayList<>();

    private static TracingPolicy read(String policy) {
        PolicyResult result =
                new PolicyParser().parse(policy.getBytes(StandardCharsets.UTF_8), PolicyContext.offline());
        if (result instanceof PolicyResult.Accepted accepted) {
            assertEquals(List.of(), accepted.warnings().stream().filter(w -> !w.path().equals("spec")).toList());
            return accepted.policy();
        }
        throw new AssertionError(((PolicyResult.Rejected) result).text() + "\n" + policy);
    }

    @Test
    void emptyHasNoHooks() {
        assertEquals(List.of(), read(GeneratedPolicies.empty()).hooks());
    }

    @Test
    void allSyscallsHasAHookPerCall() {
        TracingPolicy policy = read(GeneratedPolicies.allSyscalls());
        Set<Call> calls = new HashSet<>();
        policy.kprobes().forEach(kprobe -> {
            assertTrue(kprobe.syscall() && kprobe.ignoreCallNotFound());
            calls.add(kprobe.call());
        });
        assertEquals(policy.kprobes().size(), calls.size());
        assertTrue(calls.size() > 330, () -> calls.size() + " calls");
    }

    @Test
    void allSyscallsListHasThemInOneList() {
        TracingPolicy policy = read(GeneratedPolicies.allSyscallsList());
        List<String> values = policy.lists().get(0).values();
        assertTrue(values.containsAll(List.of("sys_read", "sys_newstat", "sys_openat2", "sys_umount")));
        assertFalse(values.contains("sys_stat"));
        assertEquals(1, policy.kprobes().size());
    }

    @Test
    void ftraceListHasTheFunctionsThatFit(@TempDir Path folder) throws IOException, CliException {
        Path functions = folder.resolve("available_filter_functions");
        Files.writeString(functions, "ksys_read\ndo_one\nksys_write\nksys_read\nksys_mod [ext4]\n\nxksys\n");
        TracingPolicy policy = read(GeneratedPolicies.functionList("^ksys_", functions));
        assertEquals(List.of("ksys_read", "ksys_write", "ksys_mod"), policy.lists().get(0).values());
        assertEquals(
                "no function of this kernel fits \"^zz\"; see " + functions,
                assertThrows(CliException.class, () -> GeneratedPolicies.functionList("^zz", functions)).getMessage());
        assertTrue(
                assertThrows(CliException.class, () -> GeneratedPolicies.functionList(".", folder.resolve("none")))
                        .getMessage()
                        .endsWith("be root, on a kernel with ftrace and tracefs mounted"));
    }

    @Test
    void uprobesHasTheFunctionsOfAFile(@TempDir Path folder) throws IOException, CliException {
        Path program = folder.resolve("a \"pro\\gram\" ü");
        Files.write(program, new ElfImage()
                .function("main")
                .function("main")
                .function("_ZN4core3fmt5Write9write_fmt17h0E")
                .undefined("puts")
                .data("table")
                .function("a+1")
                .function("b c")
                .function("é")
                .bytes());
        TracingPolicy policy = read(GeneratedPolicies.uprobes(program, warnings::add));
        assertEquals(program.toString(), policy.uprobes().get(0).path());
        Symbols symbols = (Symbols) policy.uprobes().get(0).location();
        assertEquals(
                List.of("main", "_ZN4core3fmt5Write9write_fmt17h0E"),
                symbols.symbols().stream().map(s -> s.name()).toList());
        assertEquals(
                List.of("3 symbols of " + program + " are left out: their names cannot be written"), warnings);
    }

    @Test
    void usdtsHasTheTracePointsOfAFile(@TempDir Path folder) throws IOException, CliException {
        Path program = folder.resolve("program");
        Files.write(program, new ElfImage()
                .probe("python", "line")
                .probe("python", "line")
                .probe("a", "b-c")
                .bytes());
        assertEquals(
                List.of("python:line", "a:b-c"),
                read(GeneratedPolicies.usdts(program)).usdts().stream()
                        .map(usdt -> usdt.provider() + ":" + usdt.name())
                        .toList());
    }

    @Test
    void readsTheLibrariesOfThisMachine() throws CliException {
        Path libc = Path.of("/lib/x86_64-linux-gnu/libc.so.6");
        assumeTrue(Files.exists(libc), "there is no " + libc);
        Symbols symbols =
                (Symbols) read(GeneratedPolicies.uprobes(libc, warnings::add)).uprobes().get(0).location();
        assertTrue(symbols.symbols().stream().anyMatch(s -> s.name().equals("malloc")));
    }

    @Test
    void readsTheTracePointsOfThisVirtualMachine() throws CliException {
        Path library = Path.of(System.getProperty("java.home"), "lib/server/libjvm.so");
        assumeTrue(Files.exists(library), "there is no " + library);
        List<String> names = new ArrayList<>();
        try {
            read(GeneratedPolicies.usdts(library)).usdts().forEach(usdt -> names.add(usdt.name()));
        } catch (CliException none) {
            assumeTrue(false, none.getMessage());
        }
        assertTrue(names.contains("class__loaded"), names::toString);
    }

    @Test
    void persistentLeavesTheBinaryAlone() throws CliException {
        TracingPolicy policy = read(GeneratedPolicies.persistent(Path.of("/usr/bin/java")));
        assertEquals(4, policy.kprobes().size());
        assertTrue(policy.enforces());
        policy.hooks().forEach(hook ->
                assertEquals(
                        List.of("/usr/bin/java"), hook.selectors().get(0).binaries().get(0).values()));
    }
}
