// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;

/**
 * Appends JSON in the form of the export file to a growing buffer: proto field names, no spaces, strings escaped no more
 * than JSON asks for. Not safe for use by several threads.
 *
 * <p>Commas are the writer's: {@link #name} puts one where the last byte is not an opening bracket. Pre-encoded pieces are
 * added by {@link #raw} and must be whole members without a comma at either end.
 */
public final class JsonWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};
    private static final int SECOND_PREFIX = "2006-01-02T15:04:05".length();

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101_0101_0101_0101L;
    private static final long TOP_BITS = EACH << 7;

    /** Bytes that may not stand in a JSON string as they are. */
    private static final boolean[] ESCAPED = new boolean[256];

    static {
        Arrays.fill(ESCAPED, 0, 0x20, true);
        ESCAPED['"'] = true;
        ESCAPED['\\'] = true;
    }

    /** The second written last by any writer: most events of a burst share theirs. */
    private static volatile Second lastSecond = Second.of(0);

    /**
     * A second since the epoch and how it begins in RFC 3339.
     *
     * @param prefix never changed
     */
    private record Second(long epochSecond, byte[] prefix) {
        static Second of(long epochSecond) {
            ZonedDateTime t = Instant.ofEpochSecond(epochSecond).atZone(ZoneOffset.UTC);
            byte[] prefix = "0000-00-00T00:00:00".getBytes(StandardCharsets.US_ASCII);
            two(prefix, 0, t.getYear() / 100 % 100);
            two(prefix, 2, t.getYear() % 100);
            two(prefix, 5, t.getMonthValue());
            two(prefix, 8, t.getDayOfMonth());
            two(prefix, 11, t.getHour());
            two(prefix, 14, t.getMinute());
            two(prefix, 17, t.getSecond());
            return new Second(epochSecond, prefix);
        }

        private static void two(byte[] to, int at, int value) {
            to[at] = (byte) ('0' + value / 10);
            to[at + 1] = (byte) ('0' + value % 10);
        }
    }

    private byte[] buffer;
    private int length;

    /** @param capacity bytes to start with; the buffer grows as needed */
    public JsonWriter(int capacity) {
        buffer = new byte[Math.max(64, capacity)];
    }

    /** Opens an object. */
    public JsonWriter beginObject() {
        comma();
        return put((byte) '{');
    }

    /** Closes an object. */
    public JsonWriter endObject() {
        return put((byte) '}');
    }

    /** Opens an array. */
    public JsonWriter beginArray() {
        comma();
        return put((byte) '[');
    }

    /** Closes an array. */
    public JsonWriter endArray() {
        return put((byte) ']');
    }

    /** Writes the name of a member: {@code name} must be plain ASCII without characters to escape. */
    @SuppressWarnings("deprecation") // getBytes(int,int,byte[],int) is the one copy without an encoder
    public JsonWriter name(String name) {
        int n = name.length();
        ensure(n + 4);
        byte last = length == 0 ? 0 : buffer[length - 1];
        if (last != '{' && last != 0) {
            buffer[length++] = ',';
        }
        buffer[length++] = '"';
        name.getBytes(0, n, buffer, length);
        length += n;
        buffer[length++] = '"';
        buffer[length++] = ':';
        return this;
    }

    /** Writes a string value that is valid UTF-8. */
    public JsonWriter string(byte[] utf8) {
        return string(utf8, 0, utf8.length);
    }

    /** Returns how many bytes text takes at most in a JSON string: once, twice or six times its own. */
    public static long bound(byte[] utf8) {
        long control = 0;
        long quoted = 0;
        int i = 0;
        for (; i + Long.BYTES <= utf8.length; i += Long.BYTES) {
            long x = (long) LONGS.get(utf8, i);
            control |= controls(x);
            quoted |= quotes(x);
        }
        for (; i < utf8.length; i++) {
            long x = utf8[i] & 0xFF | ~0xFFL & EACH * 'x';
            control |= controls(x);
            quoted |= quotes(x);
        }
        return (long) utf8.length * ((control & TOP_BITS) != 0 ? 6 : (quoted & TOP_BITS) != 0 ? 2 : 1);
    }

    /** Eight bytes at a time: the top bit of a byte is set if it is below a blank, or behind such a byte. */
    private static long controls(long x) {
        return x - EACH * ' ' & ~x;
    }

    /** Likewise for quotes and backslashes. */
    private static long quotes(long x) {
        long quote = x ^ EACH * '"';
        long backslash = x ^ EACH * '\\';
        return quote - EACH & ~quote | backslash - EACH & ~backslash;
    }

    /** Tells whether text stands in a JSON string as it is, without an escape. */
    private static boolean isPlain(byte[] utf8, int offset, int count) {
        int end = offset + count;
        int i = offset;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            long x = (long) LONGS.get(utf8, i);
            if (((controls(x) | quotes(x)) & TOP_BITS) != 0) {
                return false;
            }
        }
        for (; i < end; i++) {
            if (ESCAPED[utf8[i] & 0xFF]) {
                return false;
            }
        }
        return true;
    }

    /** Writes a string value from a part of an array of valid UTF-8. */
    public JsonWriter string(byte[] utf8, int offset, int count) {
        comma();
        ensure(count + 2);
        buffer[length++] = '"';
        if (isPlain(utf8, offset, count)) {
            return copy(utf8, offset, count).put((byte) '"');
        }
        int end = offset + count;
        int run = offset;
        for (int i = offset; i < end; i++) {
            if (ESCAPED[utf8[i] & 0xFF]) {
                copy(utf8, run, i - run);
                escape(utf8[i]);
                run = i + 1;
            }
        }
        copy(utf8, run, end - run);
        return put((byte) '"');
    }

    /** Writes a string value from bytes that may be anything: each run that is not valid UTF-8 becomes one U+FFFD. */
    public JsonWriter text(byte[] bytes, int offset, int count) {
        return Utf8.isValid(bytes, offset, count)
                ? string(bytes, offset, count) : string(Utf8.repaired(bytes, offset, count));
    }

    /** Writes bytes as a string value in base64. */
    public JsonWriter base64(byte[] bytes, int offset, int count) {
        comma();
        ensure(count / 3 * 4 + 6);
        buffer[length++] = '"';
        int end = offset + count;
        int i = offset;
        for (; i + 3 <= end; i += 3) {
            int bits = (bytes[i] & 0xFF) << 16 | (bytes[i + 1] & 0xFF) << 8 | bytes[i + 2] & 0xFF;
            buffer[length++] = BASE64[bits >> 18];
            buffer[length++] = BASE64[bits >> 12 & 0x3F];
            buffer[length++] = BASE64[bits >> 6 & 0x3F];
            buffer[length++] = BASE64[bits & 0x3F];
        }
        if (i < end) {
            int bits = (bytes[i] & 0xFF) << 16 | (i + 1 < end ? (bytes[i + 1] & 0xFF) << 8 : 0);
            buffer[length++] = BASE64[bits >> 18];
            buffer[length++] = BASE64[bits >> 12 & 0x3F];
            buffer[length++] = i + 1 < end ? BASE64[bits >> 6 & 0x3F] : (byte) '=';
            buffer[length++] = '=';
        }
        buffer[length++] = '"';
        return this;
    }

    /** Writes a string value; lone surrogates become U+FFFD. */
    @SuppressWarnings("deprecation") // getBytes(int,int,byte[],int) is the one copy without an encoder
    public JsonWriter string(String value) {
        comma();
        int n = value.length();
        ensure(n + 2);
        buffer[length++] = '"';
        int plain = 0;
        while (plain < n && value.charAt(plain) < 0x80 && !ESCAPED[value.charAt(plain)]) {
            plain++;
        }
        value.getBytes(0, plain, buffer, length);
        length += plain;
        for (int i = plain; i < n; i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                if (ESCAPED[c]) {
                    escape((byte) c);
                } else {
                    put((byte) c);
                }
            } else if (Character.isHighSurrogate(c) && i + 1 < n && Character.isLowSurrogate(value.charAt(i + 1))) {
                utf8(Character.toCodePoint(c, value.charAt(++i)));
            } else if (Character.isSurrogate(c)) {
                copy(REPLACEMENT, 0, REPLACEMENT.length);
            } else {
                utf8(c);
            }
        }
        return put((byte) '"');
    }

    /** Writes a number. */
    public JsonWriter number(long value) {
        comma();
        digits(value);
        return this;
    }

    /** Writes an unsigned 32-bit number. */
    public JsonWriter unsigned(int value) {
        return number(Integer.toUnsignedLong(value));
    }

    /** Writes a 64-bit number as a string, as JSON mapping of protobuf asks for. */
    public JsonWriter longString(long value) {
        comma();
        put((byte) '"');
        digits(value);
        return put((byte) '"');
    }

    /** Writes an unsigned 64-bit number as a string. */
    public JsonWriter unsignedLongString(long value) {
        return value >= 0 ? longString(value) : string(Long.toUnsignedString(value));
    }

    /** Writes a boolean. */
    public JsonWriter bool(boolean value) {
        comma();
        return ascii(value ? "true" : "false");
    }

    /** Writes a timestamp as RFC 3339 in UTC with 0, 3, 6 or 9 digits behind the second. */
    public JsonWriter timestamp(long epochNanos) {
        comma();
        long second = Math.floorDiv(epochNanos, 1_000_000_000L);
        int nanos = (int) Math.floorMod(epochNanos, 1_000_000_000L);
        Second known = lastSecond;
        if (second != known.epochSecond()) {
            known = Second.of(second);
            lastSecond = known;
        }
        ensure(SECOND_PREFIX + 13);
        buffer[length++] = '"';
        copy(known.prefix(), 0, SECOND_PREFIX);
        if (nanos != 0) {
            int count = 9;
            while (nanos % 1000 == 0) {
                nanos /= 1000;
                count -= 3;
            }
            buffer[length++] = '.';
            for (int i = count - 1; i >= 0; i--) {
                buffer[length + i] = (byte) ('0' + nanos % 10);
                nanos /= 10;
            }
            length += count;
        }
        buffer[length++] = 'Z';
        buffer[length++] = '"';
        return this;
    }

    /** Appends whole pre-encoded members or a whole value. */
    public JsonWriter raw(byte[] encoded) {
        if (encoded.length == 0) {
            return this;
        }
        comma();
        return copy(encoded, 0, encoded.length);
    }

    /** Appends one byte as it is, such as a line end. */
    public JsonWriter put(byte value) {
        ensure(1);
        buffer[length++] = value;
        return this;
    }

    /** Returns the number of bytes written. */
    public int length() {
        return length;
    }

    /** Drops everything behind the given length. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IndexOutOfBoundsException(newLength);
        }
        length = newLength;
    }

    /** Returns the buffer itself; its first {@link #length} bytes are valid until the next write. */
    public byte[] array() {
        return buffer;
    }

    /** Returns a copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, length);
    }

    /** Writes everything to a stream. */
    public void writeTo(OutputStream out) throws IOException {
        out.write(buffer, 0, length);
    }

    @Override
    public String toString() {
        return new String(buffer, 0, length, StandardCharsets.UTF_8);
    }

    /** Values in arrays need a comma before them, values behind a name and first ones do not. */
    private void comma() {
        if (length == 0) {
            return;
        }
        byte last = buffer[length - 1];
        if (last != ':' && last != '[' && last != '{' && last != '\n') {
            put((byte) ',');
        }
    }

    private JsonWriter ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            put((byte) text.charAt(i));
        }
        return this;
    }

    private JsonWriter copy(byte[] from, int offset, int count) {
        ensure(count);
        System.arraycopy(from, offset, buffer, length, count);
        length += count;
        return this;
    }

    private void escape(byte value) {
        ensure(6);
        buffer[length++] = '\\';
        switch (value) {
            case '"', '\\' -> buffer[length++] = value;
            case '\n' -> buffer[length++] = 'n';
            case '\t' -> buffer[length++] = 't';
            case '\r' -> buffer[length++] = 'r';
            case '\b' -> buffer[length++] = 'b';
            case '\f' -> buffer[length++] = 'f';
            default -> {
                buffer[length++] = 'u';
                buffer[length++] = '0';
                buffer[length++] = '0';
                buffer[length++] = HEX[value >> 4 & 0xF];
                buffer[length++] = HEX[value & 0xF];
            }
        }
    }

    private void utf8(int codePoint) {
        ensure(4);
        if (codePoint < 0x800) {
            buffer[length++] = (byte) (0xC0 | codePoint >> 6);
        } else if (codePoint < 0x10000) {
            buffer[length++] = (byte) (0xE0 | codePoint >> 12);
            buffer[length++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
        } else {
            buffer[length++] = (byte) (0xF0 | codePoint >> 18);
            buffer[length++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
            buffer[length++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
        }
        buffer[length++] = (byte) (0x80 | codePoint & 0x3F);
    }

    /** Appends the decimal digits of a number and nothing else. */
    public JsonWriter digits(long value) {
        ensure(20);
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                return ascii(Long.toString(value));
            }
            buffer[length++] = '-';
            value = -value;
        }
        int count = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            count++;
        }
        for (int i = length + count - 1; i >= length; i--) {
            buffer[i] = (byte) ('0' + value % 10);
            value /= 10;
        }
        length += count;
        return this;
    }

    private void ensure(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }
}
