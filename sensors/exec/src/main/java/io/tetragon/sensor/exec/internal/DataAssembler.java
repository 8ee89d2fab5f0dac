// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.RingRecord;
import io.tetragon.sensor.exec.internal.abi.MsgData;
import io.tetragon.sensor.exec.internal.abi.MsgDataKind;
import io.tetragon.sensor.exec.internal.abi.ProcessValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Puts together the pieces of arguments and environments that did not fit into their exec's record. They come before that
 * record and from the same CPU, so an area is complete when its exec is decoded, or some of it was lost. What is missing
 * is read from procfs as long as the process is still the same. On the reader's thread only; bounded.
 */
final class DataAssembler {
    private static final Log LOG = Log.of(DataAssembler.class);
    /** Areas whose pieces may wait at once. */
    private static final int MAX_PENDING = 64;
    /** Bytes of the pieces of an area; programs send no more than half of it. */
    private static final int MAX_PIECES = 512 << 10;
    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Bytes of an area that is completed: what the kernel takes unless a process raised its own limit, up to 6 MiB. */
    private static final int MAX_AREA = 2 << 20;
    private static final byte[] NONE = {};

    private record Key(int pid, long ktime, int kind) {}

    private static final class Area {
        final long began = System.nanoTime();
        byte[] bytes = NONE;
        int size;
    }

    private final SensorContext context;
    private final Path procfs;
    private final Map<Key, Area> pending = new HashMap<>();

    DataAssembler(SensorContext context) {
        this.context = context;
        procfs = Path.of(context.settings().string("procfs"));
    }

    /** Takes a piece; one that does not continue what is there is dropped, for something before it was lost. */
    void add(RingRecord r, int from) {
        int length = r.getInt(MsgData.LENGTH);
        int offset = r.getInt(MsgData.OFFSET);
        Key key = new Key(r.getInt(MsgData.PROCESS_PID), r.getLong(MsgData.PROCESS_KTIME), r.getInt(MsgData.KIND));
        Area area = pending.get(key);
        if (area == null) {
            if (pending.size() >= MAX_PENDING) {
                context.countLoss("data_pieces", 1);
                return;
            }
            area = new Area();
            pending.put(key, area);
        }
        if (offset != area.size || length < 0 || length > Math.min(r.length() - from, MAX_PIECES - area.size)) {
            context.countLoss("data_pieces", 1);
            return;
        }
        if (area.bytes.length < area.size + length) {
            area.bytes = Arrays.copyOf(area.bytes, Math.max(area.size + length, area.bytes.length * 2));
        }
        r.getBytes(from, area.bytes, area.size, length);
        area.size += length;
    }

    /** Returns an area, as much of it as there is to be had. */
    byte[] area(int pid, long ktime, int kind, long total) {
        Area area = pending.get(new Key(pid, ktime, kind));
        byte[] got = area == null ? NONE : Arrays.copyOf(area.bytes, (int) Math.min(area.size, total));
        if (got.length == total || total > MAX_AREA) {
            return got;
        }
        byte[] whole = fromProcfs(pid, ktime, kind, total);
        return whole == null ? got : whole;
    }

    /** Drops the pieces of an exec that was decoded. */
    void forget(int pid, long ktime) {
        if (!pending.isEmpty()) {
            pending.remove(new Key(pid, ktime, MsgDataKind.MSG_DATA_ARGS));
            pending.remove(new Key(pid, ktime, MsgDataKind.MSG_DATA_ENVS));
        }
    }

    /** Drops pieces whose exec was lost. */
    void forgetOld() {
        long now = System.nanoTime();
        for (Iterator<Area> i = pending.values().iterator(); i.hasNext(); ) {
            if (now - i.next().began > MAX_AGE_NANOS) {
                i.remove();
                context.countLoss("data_pieces", 1);
            }
        }
    }

    private byte @Nullable [] fromProcfs(int pid, long ktime, int kind, long total) {
        String file = kind == MsgDataKind.MSG_DATA_ARGS ? "cmdline" : "environ";
        try (InputStream in = Files.newInputStream(procfs.resolve(Integer.toUnsignedString(pid)).resolve(file))) {
            byte[] bytes = in.readNBytes((int) total);
            return bytes.length == total && isStill(pid, ktime) ? bytes : null;
        } catch (IOException e) {
            LOG.debug("arguments not completed", "pid", pid, "reason", e.toString());
            return null;
        }
    }

    /** The kernel's entry says which exec the process is now. Asked behind the reading, so it covers the reading. */
    private boolean isStill(int pid, long ktime) {
        BpfMap map = context.map("process_map");
        if (map == null) {
            return false;
        }
        byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(pid).array();
        try {
            return map.lookup(key)
                    .map(value -> ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(ProcessValue.KEY_KTIME))
                    .orElse(0L) == ktime;
        } catch (BpfException e) {
            // A policy may forbid the agent itself to read maps.
            LOG.debug("arguments not completed", "pid", pid, "reason", e.getMessage());
            return false;
        }
    }
}
