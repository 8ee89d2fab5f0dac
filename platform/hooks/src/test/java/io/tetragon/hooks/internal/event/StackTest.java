// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.policy.model.ArgumentType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stacks of events have names when they are published, and nobody waits for long for them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StackTest {
    private static final int HOOK = 1;
    private static final String KALLSYMS = """
            ffffffff81000100 T do_syscall_64
            ffffffff81000200 T __x64_sys_mkdir
            ffffffff81000300 t do_mkdirat
            ffffffff81000500 T security_inode_mkdir
            ffffffffc0000000 t ovl_mkdir\t[overlay]
            """;

    @TempDir
    private Path procfs = Path.of("/nonexistent");
    private MemoryContext context = new MemoryContext();
    private HookRecords records = new HookRecords(context);

    @BeforeEach
    void build() throws IOException {
        Files.writeString(procfs.resolve("kallsyms"), KALLSYMS);
        renew(false);
    }

    private void renew(boolean withAddresses) {
        context = new MemoryContext().with("procfs", procfs.toString()).with("expose-stack-addresses", withAddresses);
        records = new HookRecords(context);
        records.register(Hooks.kprobe("security_inode_mkdir").as(HOOK));
    }

    private void maps(String text) throws IOException {
        Path process = procfs.resolve(Integer.toString(MemoryContext.PID));
        Files.createDirectories(process);
        Files.writeString(process.resolve("maps"), text);
    }

    /** Waits for the thread that names stacks. */
    private void await(int events) throws InterruptedException {
        while (context.events.size() < events) {
            TimeUnit.MILLISECONDS.sleep(5);
            context.runReader();
        }
    }

    private String stacks(int event) {
        return Written.of(context.events.get(event)).members()
                .replace("\"function_name\":\"security_inode_mkdir\",\"action\":\"KPROBE_ACTION_POST\",", "")
                .replace("\"policy_name\":\"policy\",\"return_action\":\"KPROBE_ACTION_POST\"", "..");
    }

    private static GenericRecord kernel() {
        return GenericRecord.of(HOOK).kernelStack(0xffffffff81000509L, 0xffffffffc0000007L, 0xffffffff81000300L + 277,
                0xffffffff8100024bL, 0x1234L);
    }

    @Test
    void kernelFramesHaveSymbolOffsetAndModule() throws InterruptedException {
        records.decode(kernel().record());
        await(1);
        String expected = "\"kernel_stack_trace\":[{\"offset\":\"9\",\"symbol\":\"security_inode_mkdir\"},"
                + "{\"offset\":\"7\",\"symbol\":\"ovl_mkdir\",\"module\":\"overlay\"},"
                + "{\"offset\":\"277\",\"symbol\":\"do_mkdirat\"},{\"offset\":\"75\",\"symbol\":\"__x64_sys_mkdir\"},{}],..";
        assertEquals(expected, stacks(0));
        records.decode(kernel().record());
        assertEquals(2, context.events.size(), "with the names at hand nobody waits");
        assertEquals(expected, stacks(1));
    }

    @Test
    void addressesAreShownToThoseWhoAskForThem() throws InterruptedException {
        renew(true);
        records.decode(GenericRecord.of(HOOK).kernelStack(0xffffffff81000509L, 1).userStack(-1).record());
        await(1);
        assertEquals("\"kernel_stack_trace\":[{\"address\":\"18446744071578846473\",\"offset\":\"9\","
                + "\"symbol\":\"security_inode_mkdir\"},{\"address\":\"1\"}],..,"
                + "\"user_stack_trace\":[{\"address\":\"18446744073709551615\"}]", stacks(0));
    }

    @Test
    void userFramesHaveModuleAndOffset() throws InterruptedException, IOException {
        maps("7f0000001000-7f0000009000 r-xp 00002000 fe:00 12   /usr/lib/libx.so\n"
                + "7ffc00000000-7ffc00002000 r-xp 00000000 00:00 0    [vdso]\n");
        records.decode(GenericRecord.of(HOOK).userStack(0x7f0000001234L, 0x7ffc00000010L, 0x10).record());
        await(1);
        assertEquals("..,\"user_stack_trace\":[{\"offset\":\"8756\",\"module\":\"/usr/lib/libx.so\"},"
                + "{\"offset\":\"16\",\"module\":\"[vdso]\"},{}]", stacks(0));
    }

    @Test
    void theStackOfAProcessThatExecutedSomethingElseSinceHasNoNames() throws InterruptedException, IOException {
        maps("7f0000001000-7f0000009000 r-xp 00002000 fe:00 12   /usr/lib/libx.so\n");
        records.decode(GenericRecord.of(HOOK).process(MemoryContext.PID, MemoryContext.KTIME - 1)
                .userStack(0x7f0000001234L).record());
        await(1);
        assertEquals("..,\"user_stack_trace\":[{}]", stacks(0));
    }

    @Test
    void bothHalvesOfAnEventMayHaveStacks() throws InterruptedException {
        records.register(Hooks.kprobe("security_inode_mkdir").returning(ArgumentType.NOP).as(HOOK));
        records.decode(kernel().call(1).record());
        records.decode(GenericRecord.of(HOOK).call(1).flags(MsgGenericFlags.MSG_RETURN).userStack(5).record());
        await(1);
        assertTrue(stacks(0).endsWith(",{}],..,\"user_stack_trace\":[{}]"), () -> stacks(0));
    }

    @Test
    void hiddenAddressesAndAMissingListLeaveTheRest() throws InterruptedException, IOException {
        Files.writeString(procfs.resolve("kallsyms"), "0000000000000000 T do_one\n");
        records.decode(kernel().record());
        await(1);
        assertEquals("\"kernel_stack_trace\":[{},{},{},{},{}],..", stacks(0));
        Files.delete(procfs.resolve("kallsyms"));
        renew(false);
        records.decode(kernel().record());
        await(1);
        assertEquals("\"kernel_stack_trace\":[{},{},{},{},{}],..", stacks(0));
    }

    @Test
    void aFileThatIsHeldBackDelaysOneEventForSecondsAndOthersNotAtAll() throws IOException, InterruptedException {
        Path process = Files.createDirectory(procfs.resolve(Integer.toString(MemoryContext.PID)));
        Path pipe = process.resolve("maps");
        Process mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assumeTrue(mkfifo.waitFor() == 0, "no mkfifo");
        records.decode(GenericRecord.of(HOOK).userStack(1).record());
        for (int second = 0; second < 6; second++) {
            context.runReader();
            assertEquals(0, context.events.size());
            context.second();
        }
        assertEquals(1, context.events.size());
        records.decode(GenericRecord.of(HOOK).userStack(2).record());
        assertEquals(2, context.events.size());
        assertEquals(Map.of("stack_names", 2L), context.losses);
        // The other end opens, and there is nothing in it.
        Files.newOutputStream(pipe).close();
        Files.delete(pipe);
        maps("1000-2000 r-xp 00000000 00:00 0   /x\n");
        long lost;
        do {
            TimeUnit.MILLISECONDS.sleep(20);
            context.runReader();
            lost = context.losses.get("stack_names");
            records.decode(GenericRecord.of(HOOK).userStack(0x1004).record());
        } while (context.losses.get("stack_names") > lost);
        int before = context.events.size();
        await(before + 1);
        assertEquals("..,\"user_stack_trace\":[{\"offset\":\"4\",\"module\":\"/x\"}]", stacks(before));
    }

    @Test
    void theNamesAreForgottenWithTheLastHookThatHadStacks() throws InterruptedException, IOException {
        records.decode(kernel().record());
        await(1);
        records.unregister(HOOK);
        context.runReader();
        Files.writeString(procfs.resolve("kallsyms"), KALLSYMS.replace("do_mkdirat", "renamed"));
        records.register(Hooks.kprobe("security_inode_mkdir").as(HOOK));
        records.decode(kernel().record());
        await(2);
        assertTrue(stacks(1).contains("\"renamed\""), () -> stacks(1));
        assertTrue(stacks(0).contains("\"do_mkdirat\""), "what is published does not change");
    }
}
