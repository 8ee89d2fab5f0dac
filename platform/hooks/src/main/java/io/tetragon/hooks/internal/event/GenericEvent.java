// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.hooks.event.ArgumentDescription;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.HookLimits;
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

    final Hook hook;
    final int attachment;
    final int selector;
    private final byte[] entry;
    private final int action;
    private byte[] returned = ArgumentArea.NONE;
    private int returnAction;
    private boolean returnSeen;
    /** By slot: bytes that travelled before the record. */
    private byte @Nullable [] @Nullable [] data;
    private String imaHash = "";

    GenericEvent(Node node, long timeNanos, int pid, long ktime, int tid, Hook hook, int attachment, int selector,
            int action, byte[] entry) {
        super(node, timeNanos, pid, ktime, tid);
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

    /** Returns the bytes that the event keeps of its records. */
    int size() {
        int sum = entry.length + returned.length;
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

    /** A return whose selectors did nothing goes with what was done at entry. */
    void writeReturnAction(MessageWriter out, int field) {
        int shown = returnSeen && returnAction == HookActionKind.ACTION_POST ? action : returnAction;
        writeAction(out, field, "return_action", shown);
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
