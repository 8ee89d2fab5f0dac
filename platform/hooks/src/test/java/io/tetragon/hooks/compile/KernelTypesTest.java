// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.policy.model.ArgumentType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The types of the kernel that this runs on. */
class KernelTypesTest {
    @Test
    void functionsTracepointsAndHooksOfThisKernelAreKnown() {
        KernelTypes types = Policies.kernel();
        assertTrue(types.hasFunction("security_file_permission"));
        assertFalse(types.hasFunction("security_file_permision"));
        assertEquals(List.of("security_file_permission"), types.nearestFunctions("security_file_permision", 1));
        assertEquals(List.of("struct pt_regs *", "long int"), types.rawTracepoint("sys_enter").orElseThrow()
                .parameters().stream().map(Prototype.Parameter::typeName).toList());
        Prototype hook = types.lsmHook("file_open").orElseThrow();
        assertEquals("struct file *", hook.parameters().get(0).typeName());
        assertEquals("int", hook.returnTypeName());
        assertTrue(types.lsmHook("no_such_hook").isEmpty());
        assertEquals(List.of("file_open"), types.nearestLsmHooks("file_opem", 1));
        assertTrue(types.rawTracepoint("no_such_event").isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            comm                                     | STRING       | 1
            mm.owner.comm                            | STRING       | 3
            mm.exe_file                              | FILE         | 2
            mm.exe_file.f_path                       | PATH         | 3
            fs.pwd.dentry                            | DENTRY       | 3
            cred.uid.val                             | UINT32       | 3
            cred.cap_effective                       | KERNEL_CAP_T | 2
            cred                                     | CRED         | 1
            cred.user_ns                             | USER_NAMESPACE | 2
            nsproxy.uts_ns.name.nodename             | STRING       | 4
            nsproxy.net_ns.ns.inum                   | UINT32       | 4
            real_parent.tgid                         | INT32        | 2
            signal.rlim[3].rlim_cur                  | UINT64       | 4
            thread_pid.numbers[0].nr                 | INT32        | 4
            files.fdt.fd[0]                          | FILE         | 4
            """)
    void pathsThroughATaskOfThisKernelResolve(String path, ArgumentType type, int steps) throws Exception {
        Compiled compiled = Policies.compile(
                Policies.kprobe("data: [{index: 0, source: current_task, type: auto, resolve: \"" + path + "\"}]\n"),
                Policies.UNTYPED, Policies.kernel());
        assertEquals(type, compiled.hook.arguments().get(0).type());
        assertEquals(steps, compiled.argument(0).steps().size());
    }

    @Test
    void argumentsOfARawTracepointAreWhatItsPrototypeSays() throws Exception {
        KernelTypes types = Policies.kernel();
        Compiled compiled = Policies.compile(Policies.hook("tracepoints", """
                - subsystem: sched
                  event: sched_process_exec
                  raw: true
                  args:
                  - {index: 0, type: auto, resolve: comm}
                  - {index: 1, type: auto}
                  - {index: 2, type: auto}
                  - {index: 2, type: auto, resolve: filename}
                """), new HookTarget(Family.RAW_TRACEPOINT, types.rawTracepoint("sched_process_exec").orElseThrow(), null,
                false), types);
        assertEquals(List.of(ArgumentType.STRING, ArgumentType.INT32, ArgumentType.LINUX_BINPRM, ArgumentType.STRING),
                compiled.hook.arguments().stream().map(ResolvedArgument::type).toList());
        assertEquals(HookKind.KIND_LINUX_BINPRM, compiled.argument(2).kind());
    }

    @Test
    void functionsOfModulesAreFoundAmongThem() {
        String folder = System.getProperty("tetragon.btf.folder", "/sys/kernel/btf");
        Path overlay = Path.of(folder, "overlay");
        assumeTrue(Files.isReadable(overlay), overlay + " is not there: the module is not loaded, or built in");
        KernelTypes types = KernelTypes.ofFolder(Path.of(folder));
        Prototype function = types.function("ovl_create").orElseThrow();
        assertEquals("overlay", function.module());
        assertTrue(function.parameters().stream().anyMatch(p -> p.typeName().equals("struct dentry *")));
        assertEquals("", types.function("security_file_open").orElseThrow().module());
    }

    @Test
    void manyThreadsMayAskAtOnce() throws Exception {
        KernelTypes types = Policies.kernel();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> answers = threads.invokeAll(IntStream.range(0, 64).<java.util.concurrent.Callable<
                    Boolean>>mapToObj(i -> () -> {
                        if (i % 8 == 0) {
                            types.close();
                        }
                        return types.hasFunction("security_file_open");
                    }).toList());
            for (Future<Boolean> answer : answers) {
                assertTrue(answer.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aKernelWithoutTypesHasNothingAndSaysWhy(@TempDir Path folder) throws Exception {
        KernelTypes absent = KernelTypes.ofFile(folder.resolve("none"));
        assertFalse(absent.hasFunction("x"));
        assertEquals(List.of(), absent.nearestFunctions("x", 3));
        assertTrue(assertThrows(TetragonException.class, absent::load).getMessage().contains("CONFIG_DEBUG_INFO_BTF"));
        Files.write(folder.resolve("broken"), new byte[] {1, 2, 3});
        KernelTypes broken = KernelTypes.ofFile(folder.resolve("broken"));
        assertEquals(TetragonException.Kind.UNSUPPORTED, assertThrows(TetragonException.class, broken::load).kind());
        assertTrue(broken.function("x").isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"no_such_module_here", "../../../etc/passwd", "vmlinux"})
    void aModuleThatIsNotLoadedIsNamed(String module) throws Exception {
        KernelTypes types = Policies.kernel();
        TetragonException e = assertThrows(TetragonException.class, () -> Policies.compile(Policies.kprobe(
                "args: [{index: 0, type: auto, btfType: x, btfTypeModule: " + module + ", resolve: y}]\n"),
                Policies.UNTYPED, types));
        assertEquals(TetragonException.Kind.NOT_FOUND, e.kind());
        assertTrue(e.getMessage().contains(module), e.getMessage());
    }
}
