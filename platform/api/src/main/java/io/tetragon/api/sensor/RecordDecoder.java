// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.bpf.RingRecord;

/** Turns the records of one opcode into events. */
@FunctionalInterface
public interface RecordDecoder {
    /**
     * Decodes one record. Called on the reader's thread for each record: it must not block, lock, log or keep the record,
     * which is gone when the method returns. A {@code MalformedRecordException} is counted and the record skipped; any
     * other exception detaches the sensor.
     *
     * @param record the whole record, its common header first
     */
    void decode(RingRecord record);
}
