// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/** Takes the records of a ring buffer, in order, on the thread that drains it. */
@FunctionalInterface
public interface RecordHandler {
    /**
     * Takes one record.
     *
     * @param record the same object each time; it is valid only during the call. What the handler throws ends the
     *               drain, with this record counted as consumed
     */
    void record(RingRecord record);
}
