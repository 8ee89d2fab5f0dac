// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Processes;
import io.tetragon.hooks.event.ArgumentDescription;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.symbol.KernelSymbols;
import io.tetragon.hooks.internal.symbol.StackFrame;
import io.tetragon.proto.EventType;
import io.tetragon.proto.KprobeAction;
import org.jspecify.annotations.Nullable;

/**
 * An event of a generic hook. It keeps the bytes of its arguments as they travelled and turns them into text or fields when
 * it is written; what it is called and which members it has is its form's. Changed by its decoder until it is published.
 */
final class GenericEvent extends ProcessEvent {
    /** The words of the interface, by the number that travels. */
    private static final String[] ACTIONS = actions();

    private static final long[] NO_STACK = {};

    /** Bytes of an event with nothing in it. */
    private static final int FIXED_SIZE = 256;

    final Hook hook;
    final int attachment;
    final int selector;
    /** Whether there is no event unless the call returns. */
    boolean returnDecides;
    private final int pid;
    private final long ktime;
    private final byte[] entry;
    private final int action;
    private byte[] returned = ArgumentArea.NONE;
    private int returnAction = HookActionKind.ACTION_POST;
    private boolean returnSeen;
    /** By slot: bytes that travelled before the record. */
    private byte @Nullable [] @Nullable [] data;
    private String imaHash = "";
    private long[] kernelStack = NO_STACK;
    private long[] userStack = NO_STACK;
    private @Nullable KernelSymbols kernelSymbols;
    private StackFrame @Nullable [] userFrames;

    GenericEvent(Node node, long timeNanos, int pid, long ktime, int tid, Hook hook, int attachment, int selector,
            int action, byte[] entry) {
        super(node, timeNanos, pid, ktime, tid);
        this.pid = pid;
        this.ktime = ktime;
        this.hook = hook;
        this.attachment = attachment;
        this.selector = selector;
        this.action = action;
        this.entry = entry;
    }

    /** Takes the second half in. */
    void complete(byte[] arguments, int actionAtReturn) {
        returned = arguments;
        returnAction = actionAtReturn;
        returnSeen = true;
    }

    /** Whether the program that called is no more. On the reader's thread. */
    boolean hasEnded(Processes processes) {
        return processes.hasEnded(pid, ktime);
    }

    /** Sets the bytes of a slot that travelled before the record. */
    void data(int slot, byte[] bytes) {
        byte @Nullable [] @Nullable [] all = data;
        if (all == null) {
            all = new byte[HookLimits.HOOK_SLOTS][];
            data = all;
        }
        all[slot] = bytes;
    }

    void imaHash(String hash) {
        imaHash = hash;
    }

    void stacks(long[] kernel, long[] user) {
        kernelStack = kernel.length == 0 ? kernelStack : kernel;
        userStack = user.length == 0 ? userStack : user;
    }

    boolean hasStacks() {
        return kernelStack.length + userStack.length != 0;
    }

    /** Returns the thread group; with {@link #ktime} the identity of the process. */
    int pid() {
        return pid;
    }

    long ktime() {
        return ktime;
    }

    long[] kernelStack() {
        return kernelStack;
    }

    long[] userStack() {
        return userStack;
    }

    /** Sets the names of the stacks, null where they are not known. */
    void resolved(@Nullable KernelSymbols kernel, StackFrame @Nullable [] user) {
        kernelSymbols = kernel;
        userFrames = user;
    }

    @Override
    public int size() {
        int sum = FIXED_SIZE + entry.length + returned.length + (kernelStack.length + userStack.length) * Long.BYTES;
        byte @Nullable [] @Nullable [] all = data;
        if (all != null) {
            for (byte[] one : all) {
                sum += one == null ? 0 : one.length;
            }
        }
        return sum;
    }

    @Override
    public EventType type() {
        return hook.form.type();
    }

    @Override
    protected String member() {
        return hook.form.member();
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
        writeParent(out);
        MessageWriter members = new JsonMessage(out);
        hook.form.beforeAncestors(this, members);
        writeAncestors(out);
        hook.form.behindAncestors(this, members);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
        writeParent(out, 2);
        MessageWriter members = new ProtoMessage(out);
        hook.form.beforeAncestors(this, members);
        writeAncestors(out, hook.form.ancestorsField());
        hook.form.behindAncestors(this, members);
    }

    void writeArguments(MessageWriter out, int field) {
        if (hook.arguments.length == 0) {
            return;
        }
        out.beginList("args");
        for (ArgumentDescription argument : hook.arguments) {
            writeElement(out, field, argument);
        }
        out.endList();
    }

    /** Writes the arguments with the returned value behind them, for messages that have no other place for it. */
    void writeArgumentsAndReturn(MessageWriter out, int field) {
        ArgumentDescription last = returnSeen ? hook.returnArgument : null;
        if (hook.arguments.length == 0 && last == null) {
            return;
        }
        out.beginList("args");
        for (ArgumentDescription argument : hook.arguments) {
            writeElement(out, field, argument);
        }
        if (last != null) {
            writeElement(out, field, last);
        }
        out.endList();
    }

    void writeData(MessageWriter out, int field) {
        if (hook.data.length == 0) {
            return;
        }
        out.beginList("data");
        for (ArgumentDescription argument : hook.data) {
            writeElement(out, field, argument);
        }
        out.endList();
    }

    void writeReturn(MessageWriter out, int field) {
        ArgumentDescription argument = hook.returnArgument;
        if (argument != null && returnSeen) {
            int mark = out.begin(field, "return");
            write(out, argument);
            out.end(mark);
        }
    }

    void writeAction(MessageWriter out, int field) {
        writeAction(out, field, "action", action);
    }

    /** Events without a second half have one, too. */
    void writeReturnAction(MessageWriter out, int field) {
        writeAction(out, field, "return_action", returnAction);
    }

    void writeTags(MessageWriter out, int field) {
        if (hook.tags.length == 0) {
            return;
        }
        out.beginList("tags");
        for (String tag : hook.tags) {
            out.stringElement(field, tag);
        }
        out.endList();
    }

    void writeImaHash(MessageWriter out, int field) {
        out.string(field, "ima_hash", imaHash);
    }

    /** @param withAddresses whether the user wants to see addresses */
    void writeKernelStack(MessageWriter out, int field, boolean withAddresses) {
        if (kernelStack.length == 0) {
            return;
        }
        KernelSymbols symbols = kernelSymbols;
        out.beginList("kernel_stack_trace");
        for (long address : kernelStack) {
            writeFrame(out, field, withAddresses,
                    symbols == null ? StackFrame.unknown(address) : symbols.frame(address));
        }
        out.endList();
    }

    /** @param withAddresses whether the user wants to see addresses */
    void writeUserStack(MessageWriter out, int field, boolean withAddresses) {
        if (userStack.length == 0) {
            return;
        }
        StackFrame @Nullable [] frames = userFrames;
        out.beginList("user_stack_trace");
        for (int i = 0; i < userStack.length; i++) {
            writeFrame(out, field, withAddresses, frames == null ? StackFrame.unknown(userStack[i]) : frames[i]);
        }
        out.endList();
    }

    private static void writeFrame(MessageWriter out, int field, boolean withAddresses, StackFrame frame) {
        int mark = out.beginElement(field);
        if (withAddresses) {
            out.uint64(1, "address", frame.address());
        }
        out.uint64(2, "offset", frame.offset());
        out.string(3, "symbol", frame.symbol());
        out.string(4, "module", frame.module());
        out.end(mark);
    }

    private void writeElement(MessageWriter out, int field, ArgumentDescription argument) {
        int mark = out.beginElement(field);
        write(out, argument);
        out.end(mark);
    }

    /** What was read at return is the later word on a slot. */
    private void write(MessageWriter out, ArgumentDescription argument) {
        int slot = argument.slot();
        byte[] area = returned;
        int at = ArgumentArea.find(area, slot);
        if (at < 0) {
            area = entry;
            at = ArgumentArea.find(area, slot);
        }
        if (at < 0) {
            ArgumentWriter.missing(out, argument,
                    argument.atReturn() && !returnSeen ? ArgumentError.RETURN_NOT_SEEN : ArgumentError.MISSING);
        } else {
            byte @Nullable [] @Nullable [] all = data;
            ArgumentWriter.write(out, argument, area, at, all == null ? null : all[slot]);
        }
    }

    private static void writeAction(MessageWriter out, int field, String name, int travelled) {
        out.enumMember(field, name, travelled + 1, travelled < ACTIONS.length ? ACTIONS[travelled] : "");
    }

    private static String[] actions() {
        KprobeAction[] all = KprobeAction.values();
        String[] words = new String[all.length - 2];
        for (int i = 0; i < words.length; i++) {
            words[i] = KprobeAction.forNumber(i + 1).name();
        }
        return words;
    }
}
