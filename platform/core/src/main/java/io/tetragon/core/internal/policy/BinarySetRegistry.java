// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.core.internal.abi.BinaryConfig;
import io.tetragon.core.internal.abi.ProcessValue;
import io.tetragon.core.internal.sensor.SharedMaps;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.sensor.BinarySets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The sets of binaries in force, by number, and the maps by which the exec program knows them. Equal filters share a number.
 *
 * <p>Processes keep the bits of a number that is given back. It is used again only when no other is left, and then they are
 * taken out of all processes first. Control thread only.
 */
public final class BinarySetRegistry implements BinarySets, AutoCloseable {
    private static final Log LOG = Log.of(BinarySetRegistry.class);
    private static final int NUMBERS = ProcessValue.BINARY_SETS_SIZE * Byte.SIZE;
    private static final byte[] ONLY = new byte[Integer.BYTES];

    private static final class Held {
        final int number;
        int references = 1;

        Held(int number) {
            this.number = number;
        }
    }

    private final BpfMap config;
    private final BinaryTrie prefixTrie;
    private final BinaryTrie postfixTrie;
    private final RunningProcesses processes;
    private final Map<BinarySet, Held> sets = new HashMap<>();
    /** Numbers whose bits no process has. */
    private final BitSet fresh = new BitSet();
    /** Numbers whose bits processes may have from an earlier use. */
    private final BitSet used = new BitSet();

    /** @param maps outlive the registry */
    public BinarySetRegistry(SharedMaps maps) {
        config = maps.map("binary_config");
        prefixTrie = new BinaryTrie(maps.map("binary_prefixes"));
        postfixTrie = new BinaryTrie(maps.map("binary_postfixes"));
        processes = new RunningProcesses(maps);
        fresh.set(0, NUMBERS);
    }

    @Override
    public int acquire(BinaryFilter filter) throws TetragonException {
        BinarySet set = BinarySet.of(filter);
        Held held = sets.get(set);
        if (held != null) {
            held.references++;
            return held.number;
        }
        int number = number();
        sets.put(set, new Held(number));
        fresh.clear(number);
        try {
            publish();
            processes.sort(bit(number), set.followChildren() ? bit(number) : new BitSet());
            return number;
        } catch (BpfException e) {
            withdraw(set, number);
            throw new TetragonException(TetragonException.Kind.RESOURCE_EXHAUSTED, e.operation(), e.reason(), e.remedy(),
                    e);
        } catch (TetragonException | RuntimeException | Error e) {
            withdraw(set, number);
            throw e;
        }
    }

    @Override
    public void release(int number) {
        sets.entrySet().stream().filter(entry -> entry.getValue().number == number).findAny().ifPresentOrElse(entry -> {
            if (--entry.getValue().references == 0) {
                withdraw(entry.getKey(), number);
            }
        }, () -> {
            throw new IllegalArgumentException("set of binaries " + number + " is not in force");
        });
    }

    /**
     * Sorts every process into the sets in force, again: what a sensor has just entered into the process map is in none. If
     * the kernel refuses, that is logged, and those processes are matched from their next exec.
     */
    public void sortRunning() {
        if (sets.isEmpty()) {
            return;
        }
        BitSet inForce = new BitSet();
        sets.values().forEach(held -> inForce.set(held.number));
        try {
            processes.sort(inForce, following());
        } catch (BpfException | TetragonException e) {
            LOG.error("running processes are matched by their binary from their next exec only", "reason",
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        processes.close();
    }

    private int number() throws TetragonException {
        if (fresh.isEmpty() && !used.isEmpty()) {
            try {
                processes.forget(used);
            } catch (BpfException e) {
                throw new TetragonException(TetragonException.Kind.INTERNAL, e.operation(), e.reason(), e.remedy(), e);
            }
            fresh.or(used);
            used.clear();
        }
        if (fresh.isEmpty()) {
            throw new TetragonException(TetragonException.Kind.RESOURCE_EXHAUSTED, "match binaries", "all " + NUMBERS
                    + " different sets of binaries are in use", "use the same values in several policies, or delete one");
        }
        return fresh.nextSetBit(0);
    }

    /** A set that cannot be taken out of the kernel keeps its number for ever, so that nothing else is matched by it. */
    private void withdraw(BinarySet set, int number) {
        sets.remove(set);
        try {
            publish();
            used.set(number);
        } catch (BpfException e) {
            LOG.error("set of binaries cannot be given back", "set", number, "reason", e.getMessage());
        }
    }

    /** Writes what differs. The running programs see the parts one after the other, which sorting makes good for. */
    private void publish() {
        BinaryTexts prefixes = new BinaryTexts();
        BinaryTexts postfixes = new BinaryTexts();
        sets.forEach((set, held) -> set.addTo(prefixes, postfixes, held.number));
        prefixTrie.write(prefixes.closure());
        postfixTrie.write(postfixes.closure());
        ByteBuffer value = ByteBuffer.allocate(BinaryConfig.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        value.putInt(BinaryConfig.SETS, sets.isEmpty() ? 0 : 1);
        value.putInt(BinaryConfig.PREFIXES, prefixes.isEmpty() ? 0 : 1);
        value.putInt(BinaryConfig.POSTFIXES, postfixes.isEmpty() ? 0 : 1);
        value.putInt(BinaryConfig.LONGEST_POSTFIX, postfixes.longest());
        value.put(BinaryConfig.FOLLOW, words(following(), BinaryConfig.FOLLOW_SIZE));
        config.update(ONLY, value.array(), BpfMap.ANY);
    }

    private BitSet following() {
        BitSet following = new BitSet();
        sets.forEach((set, held) -> following.set(held.number, set.followChildren()));
        return following;
    }

    /** Returns sets as the programs have them: a bit each, in little-endian words. */
    static byte[] words(BitSet sets, int size) {
        return ByteBuffer.allocate(size).put(sets.toByteArray()).array();
    }

    private static BitSet bit(int number) {
        BitSet bit = new BitSet();
        bit.set(number);
        return bit;
    }
}
