// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Scratch;
import java.util.List;
import java.util.Optional;

/** Walks a map in batches, or key by key where the kernel has no batches for its kind. */
final class MapWalk {
    private static final int BATCH = 512;
    private static final int MAX_BATCH = 1 << 16;
    private static final int OPTIONS = 24;

    private final BpfMap map;
    private final int keySize;
    private final int valueSize;

    MapWalk(BpfMap map) {
        this.map = map;
        this.keySize = map.keySize();
        this.valueSize = map.wholeValueSize();
    }

    void run(BpfMap.EntryConsumer consumer) {
        if (!batches(consumer)) {
            keys(consumer);
        }
    }

    /** @return false when the kernel has no batches for this map, in which case nothing was visited */
    private boolean batches(BpfMap.EntryConsumer consumer) {
        int size = BATCH;
        // the kernel's cursor: a bucket number, or a key
        byte[] cursor = new byte[Math.max(8, keySize)];
        boolean started = false;
        while (true) {
            byte[] keys;
            byte[] values;
            int result;
            int count;
            long stamp = map.state().enter();
            try (Scratch scratch = new Scratch()) {
                long position = scratch.bytes(cursor);
                long next = scratch.zeroed(cursor.length);
                long keyMemory = scratch.zeroed((long) size * keySize);
                long valueMemory = scratch.zeroed((long) size * valueSize);
                long counter = scratch.zeroed(4);
                Scratch.MEMORY.putInt(counter, size);
                result = (int) LibBpf.get().call("bpf_map_lookup_batch", map.fd(), started ? position : 0, next,
                        keyMemory, valueMemory, counter, options(scratch));
                if (result == -Errors.ENOSPC && size < MAX_BATCH) {
                    // one bucket holds more entries than the batch; nothing was passed on yet
                    size *= 2;
                    continue;
                }
                if (result < 0 && result != -Errors.ENOENT) {
                    if (!started) {
                        return false;
                    }
                    map.checkResult("walk", result);
                }
                count = Scratch.MEMORY.getInt(counter);
                keys = Scratch.read(keyMemory, count * keySize);
                values = Scratch.read(valueMemory, count * valueSize);
                cursor = Scratch.read(next, cursor.length);
                started = true;
            } finally {
                map.state().leave(stamp);
            }
            for (int i = 0; i < count; i++) {
                consumer.accept(part(keys, i, keySize), part(values, i, valueSize));
            }
            if (result == -Errors.ENOENT) {
                return true;
            }
        }
    }

    private static byte[] part(byte[] all, int index, int size) {
        byte[] bytes = new byte[size];
        System.arraycopy(all, index * size, bytes, 0, size);
        return bytes;
    }

    private void keys(BpfMap.EntryConsumer consumer) {
        Optional<byte[]> key = map.nextKey(new byte[0]);
        while (key.isPresent()) {
            byte[] current = key.get();
            map.lookup(current).ifPresent(value -> consumer.accept(current, value));
            key = map.nextKey(current);
        }
    }

    private static long options(Scratch scratch) {
        long options = scratch.zeroed(OPTIONS);
        Scratch.MEMORY.putLong(options, OPTIONS);
        return options;
    }

    /** @return false when the kernel has no batches for this map, in which case nothing was changed */
    static boolean updateBatch(BpfMap map, List<BpfMap.Entry> entries) {
        int keySize = map.keySize();
        int valueSize = map.wholeValueSize();
        for (BpfMap.Entry entry : entries) {
            map.checkSize("key", entry.key(), keySize);
            map.checkSize("value", entry.value(), valueSize);
        }
        for (int from = 0; from < entries.size(); from += BATCH) {
            List<BpfMap.Entry> part = entries.subList(from, Math.min(entries.size(), from + BATCH));
            long stamp = map.state().enter();
            try (Scratch scratch = new Scratch()) {
                long keys = scratch.zeroed((long) part.size() * keySize);
                long values = scratch.zeroed((long) part.size() * valueSize);
                long counter = scratch.zeroed(4);
                Scratch.MEMORY.putInt(counter, part.size());
                for (int i = 0; i < part.size(); i++) {
                    Scratch.MEMORY.putByteArray(keys + (long) i * keySize, part.get(i).key(), 0, keySize);
                    Scratch.MEMORY.putByteArray(values + (long) i * valueSize, part.get(i).value(), 0, valueSize);
                }
                int result = (int) LibBpf.get().call("bpf_map_update_batch", map.fd(), keys, values, counter,
                        options(scratch));
                if (from == 0 && (result == -Errors.ENOTSUPP || result == -Errors.EOPNOTSUPP
                        || result == -Errors.EINVAL)) {
                    return false;
                }
                map.checkResult("update", result);
            } finally {
                map.state().leave(stamp);
            }
        }
        return true;
    }
}
