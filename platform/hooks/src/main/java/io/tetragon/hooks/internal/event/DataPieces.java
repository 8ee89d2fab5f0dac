// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.MsgGenericData;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts together the pieces of arguments that travel before their record, in order. On the reader's thread only. Bounded:
 * when there are too many areas or too large ones, the oldest goes.
 */
final class DataPieces {
    /** Bytes of an area; programs send no more than 320 KiB of an argument. */
    static final int MAX_AREA = 512 << 10;
    private static final int MAX_AREAS = 1024;
    private static final long MAX_BYTES = 16 << 20;
    private static final int MAX_AGE = 5;

    private record Key(int hook, int tid, long call, int slot) {}

    private static final class Area {
        byte[] bytes = ArgumentArea.NONE;
        int size;
        final int since;

        Area(int since) {
            this.since = since;
        }
    }

    /** In the order in which they began. */
    private final Map<Key, Area> areas = new LinkedHashMap<>();
    private long bytes;
    private int now;
    private long dropped;

    /** Takes a piece; one that does not continue what is there is dropped, for something before it was lost. */
    void add(RingRecord r) {
        long offset = r.getLong(MsgGenericData.OFFSET);
        int length = r.getInt(MsgGenericData.LENGTH);
        int slot = r.getInt(MsgGenericData.SLOT);
        Key key = new Key(r.getInt(MsgGenericData.HOOK), r.getInt(MsgGenericData.TID),
                r.getLong(MsgGenericData.CALL), slot);
        if (length < 0 || length > r.length() - MsgGenericData.SIZE || slot < 0 || slot >= HookLimits.HOOK_SLOTS) {
            ArgumentArea.malformed(r);
        }
        if (length == 0) {
            // What the program could not read; the record's own `sent` says what is missing.
            return;
        }
        Area area = areas.get(key);
        if (offset != (area == null ? 0 : area.size) || offset + length > MAX_AREA) {
            dropped++;
            return;
        }
        if (area == null) {
            area = new Area(now);
            areas.put(key, area);
        }
        if (area.bytes.length < area.size + length) {
            int capacity = Math.max(area.size + length, Math.min(MAX_AREA, area.bytes.length * 2));
            bytes += capacity - area.bytes.length;
            area.bytes = Arrays.copyOf(area.bytes, capacity);
        }
        r.getBytes(MsgGenericData.SIZE, area.bytes, area.size, length);
        area.size += length;
        Iterator<Area> oldest = areas.values().iterator();
        while (areas.size() > MAX_AREAS || bytes > MAX_BYTES) {
            drop(oldest);
        }
    }

    /** Takes an area out, null if nothing of it came. */
    byte @Nullable [] take(int hook, int tid, long call, int slot) {
        Area area = areas.remove(new Key(hook, tid, call, slot));
        if (area == null) {
            return null;
        }
        bytes -= area.bytes.length;
        return area.size == area.bytes.length ? area.bytes : Arrays.copyOf(area.bytes, area.size);
    }

    /** Makes time pass, and drops areas whose record never came. */
    void sweep() {
        now++;
        while (!areas.isEmpty() && now - areas.values().iterator().next().since > MAX_AGE) {
            drop(areas.values().iterator());
        }
    }

    /** Returns how many pieces and areas were dropped since the last time this was asked. */
    long takeDropped() {
        long count = dropped;
        dropped = 0;
        return count;
    }

    private void drop(Iterator<Area> areasInOrder) {
        bytes -= areasInOrder.next().bytes.length;
        areasInOrder.remove();
        dropped++;
    }
}
