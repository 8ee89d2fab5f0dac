// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/**
 * Which hook programs run at which system call, one behind the other. The dispatcher's table has the first of each call,
 * every hook's own table the one behind it; both hold places in the program array, counted from 1, with 0 for none. They are
 * written from the end of a chain to its beginning, so that a chain is never broken for a program that follows it at the
 * moment. Control thread only.
 */
final class SyscallChains {
    /** Numbers of 64-bit system calls, then those of 32-bit ones. */
    static final int CALLS = 1024;
    /** Places in the program array. */
    static final int PLACES = 1024;
    /** Programs that may follow each other: the kernel allows 33 tail calls. */
    private static final int LONGEST = 32;
    private static final byte[] ZERO = key(0);

    /** A hook's program in the chains of its calls. */
    static final class Member {
        private final int place;
        private final BitSet calls;
        private final BpfMap next;

        private Member(int place, BitSet calls, BpfMap next) {
            this.place = place;
            this.calls = calls;
            this.next = next;
        }
    }

    private final BpfMap heads;
    private final BpfMap programs;
    private final BitSet taken = new BitSet(PLACES);
    /** Where to look for a free place: who was just about to go to a program that left must not find another one there. */
    private int from;
    /** What the dispatcher's table holds. */
    private final short[] first = new short[CALLS];
    private final List<Member> members = new ArrayList<>();

    /**
     * @param heads the dispatcher's table
     * @param programs the program array
     */
    SyscallChains(BpfMap heads, BpfMap programs) {
        this.heads = heads;
        this.programs = programs;
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /**
     * Puts a program behind those that are there.
     *
     * @param calls the system calls, by index
     * @param program descriptor
     * @param next the program's own table
     */
    Member add(Collection<Integer> calls, int program, BpfMap next) throws TetragonException {
        BitSet wanted = new BitSet(CALLS);
        calls.forEach(wanted::set);
        for (int call = wanted.nextSetBit(0); call >= 0; call = wanted.nextSetBit(call + 1)) {
            if (chain(call).size() >= LONGEST) {
                throw new TetragonException(TetragonException.Kind.RESOURCE_EXHAUSTED,
                        "hook system call number " + call % (CALLS / 2), LONGEST + " hooks are on it already, the most that"
                                + " the kernel lets follow each other", "delete a policy that hooks it");
            }
        }
        int place = freePlace();
        if (place >= PLACES) {
            throw new TetragonException(TetragonException.Kind.RESOURCE_EXHAUSTED, "hook system calls",
                    PLACES + " hooks of system calls are in force already", "delete a policy that has some");
        }
        Member member = new Member(place, wanted, next);
        next.update(ZERO, new byte[2 * CALLS], BpfMap.ANY);
        programs.update(key(place), key(program), BpfMap.ANY);
        taken.set(place);
        from = place + 1;
        members.add(member);
        writeFrom(members.size() - 2);
        return member;
    }

    /** Takes a program out; it may still be running when this returns. */
    void remove(Member member) {
        int index = members.indexOf(member);
        if (index < 0) {
            return;
        }
        members.remove(index);
        writeFrom(index - 1);
        programs.delete(key(member.place));
        taken.clear(member.place);
    }

    /** Returns a free place, the one that was free for longest if possible. */
    private int freePlace() {
        int behind = taken.nextClearBit(from);
        return behind < PLACES ? behind : taken.nextClearBit(0);
    }

    /** Writes the tables of the members up to an index, the last first, and that of the dispatcher. */
    private void writeFrom(int last) {
        for (int index = last; index >= 0; index--) {
            Member member = members.get(index);
            ByteBuffer table = table();
            for (int call = member.calls.nextSetBit(0); call >= 0; call = member.calls.nextSetBit(call + 1)) {
                table.putShort(2 * call, follower(call, index + 1));
            }
            member.next.update(ZERO, table.array(), BpfMap.ANY);
        }
        for (int call = 0; call < CALLS; call++) {
            short now = follower(call, 0);
            if (now != first[call]) {
                first[call] = now;
                heads.update(key(call), new byte[] {(byte) now, (byte) (now >> 8)}, BpfMap.ANY);
            }
        }
    }

    private short follower(int call, int from) {
        for (int index = from; index < members.size(); index++) {
            if (members.get(index).calls.get(call)) {
                return (short) (members.get(index).place + 1);
            }
        }
        return 0;
    }

    private List<Member> chain(int call) {
        return members.stream().filter(member -> member.calls.get(call)).toList();
    }

    private static ByteBuffer table() {
        return ByteBuffer.allocate(2 * CALLS).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] key(int value) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }
}
