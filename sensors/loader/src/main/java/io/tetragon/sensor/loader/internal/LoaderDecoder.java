// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.process.Process;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.RingRecord;
import io.tetragon.sensor.loader.internal.Mapping.Place;
import io.tetragon.sensor.loader.internal.abi.LoaderFlags;
import io.tetragon.sensor.loader.internal.abi.MsgLoader;

/** Decodes the sensor's records. On the reader's thread only. */
final class LoaderDecoder {
    private final SensorContext context;
    private final MappingReporter reporter;
    /** How many policies want events; without one the hooks are there for nobody. Written by the control thread. */
    private volatile int policies;

    LoaderDecoder(SensorContext context, MappingReporter reporter) {
        this.context = context;
        this.reporter = reporter;
    }

    /** Changes the number of policies. On the control thread. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    void policies(int change) {
        policies = policies + change;
    }

    void decode(RingRecord r) {
        if (policies == 0) {
            return;
        }
        int size = r.getInt(MsgLoader.PATH_SIZE);
        int flags = r.getInt(MsgLoader.FLAGS);
        boolean unnamed = (flags & LoaderFlags.LOADER_UNNAMED) != 0;
        int slash = unnamed ? 1 : 0;
        byte[] path = new byte[slash + Math.max(0, Math.min(size, r.length()))];
        r.getBytes(MsgLoader.SIZE, path, slash, size);
        if (unnamed) {
            path[0] = '/';
        }
        if ((flags & LoaderFlags.LOADER_INCOMPLETE) != 0) {
            context.countLoss("path_incomplete", 1);
        }
        int pid = r.getInt(MsgLoader.PROCESS_PID);
        long ktime = r.getLong(MsgLoader.PROCESS_KTIME);
        if (ktime == 0) {
            Process newest = context.processes().newest(pid);
            ktime = newest == null ? 0 : newest.ktime();
        }
        reporter.report(new Mapping(context.clock().monotonicToEpoch(r.getLong(MsgLoader.COMMON_KTIME)), pid, ktime,
                r.getLong(MsgLoader.START) / Mapping.NANOS_PER_TICK, r.getInt(MsgLoader.TID), path,
                unnamed || (flags & LoaderFlags.LOADER_DELETED) != 0 ? Place.NOWHERE : Place.FILE, file(r)));
    }

    /** Returns which file a record is about. */
    static FileVersion file(RingRecord r) {
        return new FileVersion(r.getInt(MsgLoader.DEVICE), r.getLong(MsgLoader.INODE), r.getLong(MsgLoader.FILE_SIZE),
                r.getLong(MsgLoader.CTIME_SEC), r.getInt(MsgLoader.CTIME_NSEC));
    }
}
