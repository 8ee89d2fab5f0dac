// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.internal.abi.ArgNumber;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.MsgArgument;
import io.tetragon.hooks.internal.abi.MsgGeneric;
import io.tetragon.hooks.internal.abi.MsgGenericData;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.hooks.internal.abi.MsgOp;
import java.io.ByteArrayOutputStream;

/** Builds records as the generic hook programs send them. */
final class GenericRecord {
    private static final byte[] NONE = {};

    private final Bytes head = Bytes.of(MsgGeneric.SIZE);
    private final ByteArrayOutputStream arguments = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stacks = new ByteArrayOutputStream();
    private int count;
    private int flags;

    private GenericRecord(int hook) {
        head.u8(MsgGeneric.COMMON_OP, MsgOp.MSG_OP_GENERIC_KPROBE);
        head.u64(MsgGeneric.COMMON_KTIME, 9_000_000_000L);
        head.u32(MsgGeneric.HOOK, hook).u32(MsgGeneric.TID, MemoryContext.PID + 1);
        process(MemoryContext.PID, MemoryContext.KTIME);
    }

    static GenericRecord of(int hook) {
        return new GenericRecord(hook);
    }

    /** A piece of an argument that travels before its record. */
    static byte[] piece(int hook, int tid, long call, int slot, long offset, byte[] bytes) {
        return Bytes.of(MsgGenericData.SIZE + bytes.length).u8(MsgGenericData.COMMON_OP, MsgOp.MSG_OP_GENERIC_KPROBE)
                .u8(MsgGenericData.COMMON_FLAGS, MsgGenericFlags.MSG_GENERIC_DATA).u32(MsgGenericData.HOOK, hook)
                .u32(MsgGenericData.TID, tid).u64(MsgGenericData.CALL, call).u32(MsgGenericData.SLOT, slot)
                .u64(MsgGenericData.OFFSET, offset).u32(MsgGenericData.LENGTH, bytes.length)
                .raw(MsgGenericData.SIZE, bytes).toArray();
    }

    GenericRecord process(int pid, long ktime) {
        head.u32(MsgGeneric.PROCESS_PID, pid).u64(MsgGeneric.PROCESS_KTIME, ktime);
        return this;
    }

    GenericRecord time(long ktime) {
        head.u64(MsgGeneric.COMMON_KTIME, ktime);
        return this;
    }

    GenericRecord tid(int tid) {
        head.u32(MsgGeneric.TID, tid);
        return this;
    }

    GenericRecord flags(int more) {
        flags |= more;
        return this;
    }

    GenericRecord call(long id) {
        head.u64(MsgGeneric.CALL, id);
        return this;
    }

    GenericRecord attachment(int number) {
        head.u32(MsgGeneric.ATTACHMENT, number);
        return this;
    }

    GenericRecord action(int action) {
        head.u8(MsgGeneric.ACTION, action);
        return this;
    }

    GenericRecord selector(int selector) {
        head.u8(MsgGeneric.SELECTOR, selector);
        return this;
    }

    GenericRecord returnDecides() {
        head.u8(MsgGeneric.RETURN_DECIDES, 1);
        return this;
    }

    GenericRecord argument(int slot, int kind, byte[] fixed, byte[] text) {
        count++;
        arguments.writeBytes(Bytes.of(MsgArgument.SIZE).u8(MsgArgument.SLOT, slot).u8(MsgArgument.KIND, kind)
                .u16(MsgArgument.FIXED, fixed.length).u32(MsgArgument.TEXT, text.length).toArray());
        arguments.writeBytes(fixed);
        arguments.writeBytes(text);
        return this;
    }

    GenericRecord text(int slot, int kind, String text) {
        return argument(slot, kind, NONE, Bytes.utf8(text));
    }

    GenericRecord fixed(int slot, int kind, Bytes fixed) {
        return argument(slot, kind, fixed.toArray(), NONE);
    }

    GenericRecord integer(int slot, long value) {
        return number(slot, HookKind.KIND_INTEGER, value);
    }

    GenericRecord number(int slot, int kind, long value) {
        return fixed(slot, kind, Bytes.of(ArgNumber.SIZE).u64(ArgNumber.VALUE, value));
    }

    GenericRecord failed(int slot, int kind, int status, int step) {
        count++;
        arguments.writeBytes(Bytes.of(MsgArgument.SIZE).u8(MsgArgument.SLOT, slot).u8(MsgArgument.KIND, kind)
                .u32(MsgArgument.STATUS, status).u32(MsgArgument.STEP, step).toArray());
        return this;
    }

    GenericRecord kernelStack(long... addresses) {
        head.u32(MsgGeneric.KERNEL_STACK, addresses.length * 8);
        return stack(MsgGenericFlags.MSG_KERNEL_STACK, addresses);
    }

    /** Behind the kernel's. */
    GenericRecord userStack(long... addresses) {
        head.u32(MsgGeneric.USER_STACK, addresses.length * 8);
        return stack(MsgGenericFlags.MSG_USER_STACK, addresses);
    }

    private GenericRecord stack(int flag, long... addresses) {
        for (long address : addresses) {
            stacks.writeBytes(Bytes.of(8).u64(0, address).toArray());
        }
        return flags(flag);
    }

    /** Behind the stacks. */
    GenericRecord behind(byte[] bytes) {
        stacks.writeBytes(bytes);
        return this;
    }

    byte[] toArray() {
        head.u8(MsgGeneric.ARGUMENTS, count).u8(MsgGeneric.COMMON_FLAGS, flags);
        head.u32(MsgGeneric.COMMON_SIZE, MsgGeneric.SIZE + arguments.size() + stacks.size());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.toArray());
        all.writeBytes(arguments.toByteArray());
        all.writeBytes(stacks.toByteArray());
        return all.toByteArray();
    }

    RingRecord record() {
        return RingRecord.of(toArray());
    }
}
