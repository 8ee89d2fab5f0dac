// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.bpf.RingBuffer;
import io.tetragon.bpf.headers.Arguments.Argument;
import io.tetragon.bpf.headers.Arguments.Subject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts and buffers of a process, as hooks read them; all end in front of memory that is not there. */
class TextArgumentTest extends ArgumentReaders {
    private static final int EFAULT = -14;
    private static final int ARGUMENT_MAX_DATA = 4;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "text hello               | hello",
        "text /etc/passwd         | /etc/passwd",
        "text a\u00fc\u4e2d       | a\u00fc\u4e2d",
    })
    void aTextEndsAtItsNul(String steps, String expected) throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_STRING");
        assertEquals(expected, arguments.read(Subject.AS_IT_IS, steps.split(" ")).string());
    }

    @Test
    void anEmptyTextIsNoError() throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_STRING");
        Argument empty = arguments.read(Subject.AS_IT_IS, "text", "");
        assertEquals(0, empty.status());
        assertEquals("", empty.string());
    }

    @Test
    void aLongTextIsCutWithRoomForItsNul() throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_STRING");
        assertEquals("x".repeat(Arguments.LIMIT - 1),
                arguments.read(Subject.AS_IT_IS, "text", "x".repeat(2 * Arguments.LIMIT)).string());
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "KIND_STRING, untouched",
        "KIND_STRING, tail 5",
        "KIND_STRING, value 0",
        "KIND_STRING, value 0x7fffffffffff",
        "KIND_STRING, value 0x8000000000000000",
        "KIND_STRING, value 0xffff800000000000",
        "KIND_STRING, value 0xffffffffffffffff",
        "KIND_CHAR_BUF, value 0 size 1",
        "KIND_CHAR_BUF, value 0xffff800000000000 size 4096",
        "KIND_CHAR_BUF, value 4096 size 0xffffffffffffffff",
        "KIND_CHAR_IOVEC, value 0 size 1",
        "KIND_CHAR_IOVEC, value 4096 size 0xffffffffffffffff",
        "KIND_SOCKADDR, value 0",
        "KIND_SOCKADDR, tail 1",
        "KIND_SOCKADDR_UN, value 0 size 110",
        "KIND_CAPABILITIES, value 8",
    })
    void whatIsNotThereIsAnError(String kind, String steps) throws IOException, InterruptedException {
        Arguments arguments = reader(kind);
        assertEquals(EFAULT, arguments.read(Subject.AS_IT_IS, steps.split(" ")).status());
    }

    @ParameterizedTest(name = "{0}: {1} of {2} bytes")
    @CsvSource({
        "tail 10, 10, 10",
        "tail 4096, 4096, 4096",
        "tail 4097, 4096, 4097",
        "tail 10 size 0, 0, 0",
        "tail 10 size 3, 3, 3",
        // what callers claim, of which the kernel takes what is there
        "tail 10 size 11, 10, 11",
        "tail 10 size 4294967296, 10, 4294967296",
        "tail 10 size 0xffffffffffffffff, 10, -1",
        "tail 10 size 0x8000000000000000, 10, -9223372036854775808",
    })
    void aBufferHasItsSizeAndTheBytesThatAreThere(String steps, int bytes, long original)
            throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_CHAR_BUF", Map.of("size_parameter", 1));
        Argument buffer = arguments.read(Subject.AS_IT_IS, steps.split(" "));
        assertEquals(alphabet(bytes), buffer.string());
        assertEquals(original, buffer.field("arg_bytes", "original"));
        assertEquals(0, buffer.field("arg_bytes", "sent"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "buffers 0            | ''          | 0",
        "buffers 1 alone      | alone       | 5",
        "buffers 3 a bc def   | abcdef      | 6",
        "buffers 2 ab cd size 1 | ab        | 2",
    })
    void buffersAreJoined(String steps, String expected, long original) throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_CHAR_IOVEC", Map.of("size_parameter", 1));
        Argument buffer = arguments.read(Subject.AS_IT_IS, steps.split(" "));
        assertEquals(expected, buffer.string());
        assertEquals(original, buffer.field("arg_bytes", "original"));
    }

    @Test
    void buffersAreJoinedUpToTheLimitAndSummedBeyond() throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_CHAR_IOVEC", Map.of("size_parameter", 1));
        Argument buffer = arguments.read(Subject.AS_IT_IS, "buffers", "3", "x".repeat(3000), "y".repeat(3000),
                "z".repeat(3000));
        assertEquals("x".repeat(3000) + "y".repeat(Arguments.LIMIT - 3000), buffer.string());
        assertEquals(9000, buffer.field("arg_bytes", "original"));
    }

    @ParameterizedTest(name = "{0} bytes: {1} in {2} records")
    @CsvSource({"4096, 0, 0", "4097, 4097, 1", "32736, 32736, 1", "32737, 32737, 2", "327360, 327360, 10",
        "400000, 327360, 10"})
    void maxDataTravelsInRecords(int size, int sent, int records) throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_CHAR_BUF", Map.of("size_parameter", 1, "flags", ARGUMENT_MAX_DATA));
        try (RingBuffer ring = RingBuffer.open(arguments.object().map("events"))) {
            Argument buffer = arguments.read(Subject.AS_IT_IS, "tail", Integer.toString(size));
            assertEquals(sent, buffer.field("arg_bytes", "sent"));
            assertEquals(size, buffer.field("arg_bytes", "original"));
            assertEquals(sent == 0 ? size : 0, buffer.text().length);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            int head = arguments.layouts().size("msg_generic_data");
            int length = arguments.layouts().field("msg_generic_data", "length").offset();
            int offset = arguments.layouts().field("msg_generic_data", "offset").offset();
            assertEquals(records, ring.drain(r -> {
                byte[] bytes = new byte[r.length()];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = r.getByte(i);
                }
                ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                assertEquals(whole.size(), b.getLong(offset));
                whole.write(bytes, head, b.getInt(length));
            }, Integer.MAX_VALUE));
            assertArrayEquals(alphabet(sent).getBytes(StandardCharsets.US_ASCII), whole.toByteArray());
        }
    }

    private static String alphabet(int length) {
        return "abcdefghijklmnopqrstuvwxyz".repeat(length / 26 + 1).substring(0, length);
    }
}
