// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.bpf.BpfObject;
import io.tetragon.core.internal.abi.ProcessValue;
import io.tetragon.core.internal.sensor.SharedMaps;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Sorts the processes that run already into sets of binaries, in the kernel: they change while they are looked at. Control
 * thread only.
 *
 * <p>The programs that do it write single bits; an exec or fork on another CPU writes the same values, and either may
 * overwrite the other. So each program runs until it has nothing to change, every time behind a grace period: whatever
 * began before has ended by then, and whatever began later has the new texts and writes the right bits itself.
 */
final class RunningProcesses implements AutoCloseable {
    private static final Log LOG = Log.of(RunningProcesses.class);
    private static final byte[] NOTHING = {};
    /** Two are the rule; a round is only repeated for a process that was changed at the same instant. */
    private static final int ROUNDS = 10;

    private final SharedMaps maps;
    private @Nullable BpfObject object;

    RunningProcesses(SharedMaps maps) {
        this.maps = maps;
    }

    /** Takes sets that are not in force out of all processes. */
    void forget(BitSet sets) throws TetragonException {
        settle("binaries_forget", sets);
    }

    /**
     * Puts all processes into the sets that they belong to.
     *
     * @param following those of the sets that descendants inherit
     */
    void sort(BitSet sets, BitSet following) throws TetragonException {
        settle("binaries_sort", sets);
        if (!following.isEmpty()) {
            settle("binaries_inherit", following);
        }
    }

    private void settle(String program, BitSet sets) throws TetragonException {
        BpfObject loaded = load();
        byte[] words = BinarySetRegistry.words(sets, ProcessValue.BINARY_SETS_SIZE);
        for (int round = 0; round < ROUNDS; round++) {
            maps.awaitPrograms();
            if (loaded.program(program).testRun(NOTHING, 0, words).returnValue() == 0) {
                return;
            }
        }
        LOG.warn("some running processes may not be matched by their binary until they execute the next", "reason",
                "they do not come to rest", "program", program, "rounds", ROUNDS);
    }

    private BpfObject load() throws TetragonException {
        BpfObject known = object;
        if (known != null) {
            return known;
        }
        BpfObject opened = BpfObject.open(ObjectFile.read(RunningProcesses.class, "binaries"), "binaries");
        try {
            maps.check(opened);
            maps.share(opened);
            opened.load();
        } catch (RuntimeException | TetragonException e) {
            opened.close();
            throw e;
        }
        object = opened;
        return opened;
    }

    @Override
    public void close() {
        if (object != null) {
            object.close();
            object = null;
        }
    }
}
