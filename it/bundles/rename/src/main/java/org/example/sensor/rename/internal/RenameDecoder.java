// SPDX-License-Identifier: Apache-2.0
package org.example.sensor.rename.internal;

import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.RingRecord;
import java.nio.charset.StandardCharsets;
import org.example.sensor.rename.internal.abi.MsgRename;

/** Makes events of the sensor's records. On the reader's thread only, so it needs no lock. */
final class RenameDecoder {
    private static final int NAME_SIZE = 16;

    private final SensorContext context;
    private final byte[] scratch = new byte[NAME_SIZE];

    RenameDecoder(SensorContext context) {
        this.context = context;
    }

    void rename(RingRecord record) {
        context.publish(new RenameEvent(
                context.node(),
                context.clock().monotonicToEpoch(record.getLong(MsgRename.COMMON_KTIME)),
                record.getInt(MsgRename.PROCESS_PID),
                record.getLong(MsgRename.PROCESS_KTIME),
                record.getInt(MsgRename.TID),
                name(record, MsgRename.OLD_NAME),
                name(record, MsgRename.NEW_NAME),
                record.getLong(MsgRename.SEQUENCE)));
    }

    /** A name is any bytes up to a NUL; what is no UTF-8 of it is replaced, for events are text. */
    private String name(RingRecord record, int offset) {
        int length = record.indexOf((byte) 0, offset, NAME_SIZE);
        length = length < 0 ? NAME_SIZE : length - offset;
        record.getBytes(offset, scratch, 0, length);
        return new String(scratch, 0, length, StandardCharsets.UTF_8);
    }
}
