// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.core.internal.abi.RingAccount;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What became of the records that kept programs sent. While nobody reads, the ring fills up, and from then on they count
 * what they cannot send.
 *
 * @param unread records that are in the ring
 * @param lost those that did not fit into it; if the agent was killed, those that it lost in its life are among them
 */
record KeptRecords(long unread, long lost) {
    static final KeptRecords NONE = new KeptRecords(0, 0);

    private static final Log LOG = Log.of(KeptRecords.class);

    private static final String RING = "events";
    private static final String ACCOUNTS = "ring_accounts";
    private static final String AT_END = "lost_at_end";
    private static final byte[] ONLY = new byte[Integer.BYTES];
    /** No record takes less in the ring: its header, and eight bytes. */
    private static final int SMALLEST = 16;

    /**
     * Pins what tells it.
     *
     * @param directory is made
     * @return where the agent writes, at its end, how many records it has lost itself; owned by the caller
     */
    static StandaloneMap pin(Path directory, Map<String, BpfMap> maps) {
        for (String name : List.of(RING, ACCOUNTS)) {
            BpfMap map = maps.get(name);
            if (map != null) {
                map.pin(directory.resolve(name));
            }
        }
        StandaloneMap atEnd =
                BpfMap.create(new MapSpec(AT_END, MapType.ARRAY, Integer.BYTES, Long.BYTES, 1, 0));
        try {
            atEnd.pin(directory.resolve(AT_END));
            return atEnd;
        } catch (BpfException e) {
            atEnd.close();
            throw e;
        }
    }

    /** Notes how many records were lost while the agent lived: it has told that itself. */
    static void atEnd(BpfMap atEnd, long lost) {
        atEnd.update(ONLY, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(lost).array(),
                BpfMap.ANY);
    }

    /** Opens the maps of an earlier agent, as far as they are there; to be counted when nothing writes any more. */
    static Open open(Path directory) {
        return new Open(directory);
    }

    /** The maps, which live as long as this is open. */
    static final class Open implements AutoCloseable {
        private final List<StandaloneMap> maps = new ArrayList<>();

        private Open(Path directory) {
            for (String name : List.of(RING, ACCOUNTS, AT_END)) {
                Path pin = directory.resolve(name);
                if (!Files.exists(pin)) {
                    continue;
                }
                try {
                    maps.add(BpfMap.openPinned(pin));
                } catch (BpfException e) {
                    LOG.debug("not a map", "path", pin, "reason", e.getMessage());
                }
            }
        }

        KeptRecords count() {
            long unread = 0;
            long lost = 0;
            for (StandaloneMap map : maps) {
                switch (map.name()) {
                    case RING -> unread = unread(map);
                    case ACCOUNTS -> lost += lost(map);
                    default -> lost -= number(map.lookup(ONLY).orElse(new byte[Long.BYTES]));
                }
            }
            return new KeptRecords(unread, Math.max(0, lost));
        }

        private static long unread(BpfMap map) {
            try (RingBuffer ring = RingBuffer.open(map)) {
                // Programs that are just ending may still be writing.
                return ring.drain(record -> {}, ring.size() / SMALLEST);
            }
        }

        private static long lost(BpfMap accounts) {
            long[] lost = {0};
            accounts.forEach((key, cpus) -> {
                ByteBuffer values = ByteBuffer.wrap(cpus).order(ByteOrder.LITTLE_ENDIAN);
                for (int at = 0; at + RingAccount.SIZE <= cpus.length; at += RingAccount.SIZE) {
                    lost[0] += values.getLong(at + RingAccount.LOST);
                }
            });
            return lost[0];
        }

        private static long number(byte[] value) {
            return value.length < Long.BYTES ? 0 : ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
        }

        @Override
        public void close() {
            maps.forEach(StandaloneMap::close);
        }
    }
}
