// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.event.Utf8;
import java.nio.charset.StandardCharsets;

/** Paths as events show them. */
final class PathText {
    private static final byte[] ROOT = {'/'};

    private PathText() {}

    /** Returns the path whose components are in the area leaf first, each with its NUL; the root if there are none. */
    static byte[] reversed(byte[] area, int offset, int size) {
        if (size == 0) {
            return ROOT;
        }
        byte[] path = new byte[size];
        int n = 0;
        // The NUL before a component is the end of the one above it.
        int end = offset + size - 1;
        while (end > offset) {
            int from = end;
            while (from > offset && area[from - 1] != 0) {
                from--;
            }
            path[n++] = '/';
            System.arraycopy(area, from, path, n, end - from);
            n += end - from;
            end = from - 1;
        }
        return Utf8.valid(path, 0, n);
    }

    /** Returns the path itself if it is absolute, else joined to the working directory and cleaned of dots. */
    static byte[] absolute(byte[] path, byte[] cwd) {
        if (path.length == 0 || path[0] == '/') {
            return path;
        }
        String joined = new String(cwd, StandardCharsets.UTF_8) + '/' + new String(path, StandardCharsets.UTF_8);
        StringBuilder clean = new StringBuilder(joined.length());
        for (String part : joined.split("/")) {
            if (part.equals("..")) {
                clean.setLength(Math.max(0, clean.lastIndexOf("/")));
            } else if (!part.isEmpty() && !part.equals(".")) {
                clean.append('/').append(part);
            }
        }
        return clean.length() == 0 ? ROOT : clean.toString().getBytes(StandardCharsets.UTF_8);
    }
}
