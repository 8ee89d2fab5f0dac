// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.FunctionSpec;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.LsmSpec;
import io.tetragon.policy.model.TracepointSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.UprobeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Policies that others wrote compile for this kernel, or for the one whose types {@code -Dtetragon.btf} names, as far as it
 * has what they are put on.
 */
class PolicyTargetsTest {
    private static final Path TRACEPOINTS =
            Path.of(System.getProperty("tetragon.tracepoints", "/sys/kernel/tracing/events"));

    /** The mistake in them: functions that take a long are read as if they took an int. */
    private static final Pattern CUT = Pattern.compile(
            ".*type (int|uint32) does not fit (size_t|(long|unsigned|int| )+) of argument \\d of [a-z_]+");

    @TestFactory
    Stream<DynamicTest> everyHookOfEveryKnownPolicyCompiles() throws IOException {
        Path shared = Policies.shared("golden");
        KernelTypes types = kernel();
        List<Path> files = new ArrayList<>();
        for (Path folder : List.of(shared, Policies.shared("corpus/policies"))) {
            try (Stream<Path> found = Files.walk(folder)) {
                found.filter(file -> file.toString().endsWith(".yaml")).sorted().forEach(files::add);
            }
        }
        assertTrue(files.size() > 40, "only " + files.size() + " policies");
        return files.stream().map(file -> DynamicTest.dynamicTest(
                file.getParent().getFileName() + "/" + file.getFileName(), () -> compile(file, types)));
    }

    private static KernelTypes kernel() {
        String other = System.getProperty("tetragon.btf");
        return other == null ? Policies.kernel() : KernelTypes.ofFile(Path.of(other));
    }

    private static void compile(Path file, KernelTypes types) throws Exception {
        TracingPolicy policy = Policies.parse(Files.readString(file).replace("${PODCIDR}", "10.244.0.0/16")
                .replace("${SERVICECIDR}", "10.96.0.0/12"));
        TestBinaries binaries = new TestBinaries();
        HookCompiler compiler = new HookCompiler(types, binaries);
        int sets = 0;
        for (HookSpec hook : policy.hooks()) {
            Optional<HookTarget> target = target(hook, types);
            if (target.isEmpty()) {
                continue;
            }
            CompiledHook compiled = compiler.compile(hook, target.get(), 1, 13, HookCompiler.flagsOf(policy));
            assertEquals(hook.args().size() + hook.data().size(), compiled.arguments().size());
            sets += compiled.binarySets().size();
            for (String warning : compiled.warnings()) {
                assertTrue(CUT.matcher(warning).matches(), warning);
            }
            assertEquals(32, compiled.key().length);
        }
        assertEquals(binaries.acquired.size(), sets);
        assertEquals(0, binaries.released);
    }

    private static Optional<HookTarget> target(HookSpec hook, KernelTypes types)
            throws IOException, TetragonException {
        if (hook instanceof FunctionSpec function) {
            if (function.syscall()) {
                return Optional.of(new HookTarget(Family.SYSCALL, null, null, true));
            }
            String name = function.call() instanceof Call.FromList list ? list.list().values().get(0)
                    : function.call().written();
            return types.function(name).map(prototype -> new HookTarget(Family.KPROBE, prototype, null, false));
        }
        if (hook instanceof LsmSpec lsm) {
            return types.lsmHook(lsm.hook()).map(prototype -> new HookTarget(Family.LSM, prototype, null, false));
        }
        if (hook instanceof TracepointSpec tracepoint && tracepoint.raw()) {
            return types.rawTracepoint(tracepoint.event())
                    .map(prototype -> new HookTarget(Family.RAW_TRACEPOINT, prototype, null, false));
        }
        if (hook instanceof TracepointSpec tracepoint) {
            Path format = TRACEPOINTS.resolve(tracepoint.subsystem()).resolve(tracepoint.event()).resolve("format");
            return Files.isReadable(format) ? Optional.of(new HookTarget(Family.TRACEPOINT, null,
                    TracepointFormat.parse(Files.readString(format)), false)) : Optional.empty();
        }
        return Optional.of(
                new HookTarget(hook instanceof UprobeSpec ? Family.UPROBE : Family.USDT, null, null, false));
    }
}
