// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RingRecordTest {
    private final RingRecord record = RingRecord.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, (byte) 0xff, 0});

    @Test
    void integersAreLittleEndianAndNeedNoAlignment() {
        assertEquals(10, record.length());
        assertEquals(0x0201, record.getShort(0));
        assertEquals(0x05040302, record.getInt(1));
        assertEquals(0xff08070605040302L, record.getLong(1));
        assertEquals(-1, record.getByte(8));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 10, 11, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void anAccessBeyondTheRecordIsMalformed(int offset) {
        assertThrows(MalformedRecordException.class, () -> record.getByte(offset));
        assertThrows(MalformedRecordException.class, () -> record.getShort(offset));
        assertThrows(MalformedRecordException.class, () -> record.getInt(offset));
        assertThrows(MalformedRecordException.class, () -> record.getLong(offset));
    }

    @ParameterizedTest
    @CsvSource({"9, 2", "3, 8", "0, 11", "0, -1", "-1, 1", "2147483647, 2147483647", "5, 2147483647"})
    void aRangeBeyondTheRecordIsMalformed(int offset, int count) {
        assertThrows(MalformedRecordException.class, () -> record.getBytes(offset, new byte[16], 0, count));
        assertThrows(MalformedRecordException.class, () -> record.indexOf((byte) 0, offset, count));
    }

    @Test
    void bytesAreCopiedAndFound() {
        byte[] target = new byte[6];
        record.getBytes(2, target, 1, 4);
        assertArrayEquals(new byte[] {0, 3, 4, 5, 6, 0}, target);
        assertEquals(9, record.indexOf((byte) 0, 0, 10));
        assertEquals(-1, record.indexOf((byte) 0, 0, 9));
        assertEquals(4, record.indexOf((byte) 5, 4, 1));
        record.getBytes(10, target, 0, 0);
    }

    @Test
    void theExceptionIsPreallocatedAndHasNoStack() {
        MalformedRecordException first = assertThrows(MalformedRecordException.class, () -> record.getByte(10));
        assertSame(first, assertThrows(MalformedRecordException.class, () -> record.getInt(7)));
        assertEquals(0, first.getStackTrace().length);
    }
}
