// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

/** Finds line ends. JSON escapes those inside strings, so a line end always ends an event. */
final class Lines {
    private Lines() {}

    /** Returns the position behind the last line end in a part of an array, or {@code from} if there is none. */
    static int lastEnd(byte[] bytes, int from, int to) {
        for (int i = to; i > from; i--) {
            if (bytes[i - 1] == '\n') {
                return i;
            }
        }
        return from;
    }

    /** Returns the position behind the first line end in a part of an array, or {@code to} if there is none. */
    static int firstEnd(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i + 1;
            }
        }
        return to;
    }

    /** Counts the line ends in a part of an array. */
    static int count(byte[] bytes, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                count++;
            }
        }
        return count;
    }
}
