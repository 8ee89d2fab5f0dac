// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.event.Utf8;

/**
 * Arguments as events show them: those behind the first, joined by spaces, one that contains a space in double quotes and
 * nothing escaped. As upstream prints it, a quoted one has its space before it even where it is the first.
 */
final class ArgumentsText {
    private static final byte NUL = 0;

    private ArgumentsText() {}

    /** Returns {@code argv[0]}, the next best name of a binary whose path is hidden. */
    static byte[] program(byte[] area) {
        return Utf8.valid(area, 0, ByteSearch.indexOf(area, 0, area.length, NUL));
    }

    /** Returns the text for an area of arguments, {@code argv[0]} first, each with its NUL. */
    static byte[] of(byte[] area, int offset, int size) {
        int end = size > 0 && area[offset + size - 1] == 0 ? offset + size - 1 : offset + size;
        int at = ByteSearch.indexOf(area, offset, end, NUL);
        if (at >= end) {
            return Utf8.valid(area, 0, 0);
        }
        at++;
        // Each argument may gain a space and two quotes in exchange for its NUL.
        byte[] text = new byte[(end - at) * 2 + 3];
        int n = 0;
        boolean first = true;
        while (true) {
            int from = at;
            at = ByteSearch.indexOf(area, from, end, NUL);
            boolean quote = ByteSearch.indexOf(area, from, at, (byte) ' ') < at;
            if (quote || !first) {
                text[n++] = ' ';
            }
            if (quote) {
                text[n++] = '"';
            }
            System.arraycopy(area, from, text, n, at - from);
            n += at - from;
            if (quote) {
                text[n++] = '"';
            }
            first = false;
            if (at >= end) {
                return Utf8.valid(text, 0, n);
            }
            at++;
        }
    }
}
