// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.Settings;
import io.tetragon.api.event.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Splits an area of environment variables, each with its NUL, and keeps those that the user asked for. */
final class EnvironmentArea {
    private EnvironmentArea() {}

    /** Returns the variables that the flags let through. */
    static List<byte[]> variables(byte[] area, Settings settings) {
        return variables(area, 0, area.length, names(settings));
    }

    /** Returns the names of the variables to keep; none means all. */
    static Set<String> names(Settings settings) {
        return Set.copyOf(settings.list("filter-environment-variables"));
    }

    static List<byte[]> variables(byte[] area, int offset, int size, Set<String> names) {
        List<byte[]> variables = new ArrayList<>();
        int end = offset + size;
        for (int from = offset; from < end; ) {
            int to = from;
            while (to < end && area[to] != 0) {
                to++;
            }
            if (to > from && isWanted(area, from, to, names)) {
                variables.add(Utf8.valid(area, from, to - from));
            }
            from = to + 1;
        }
        return variables;
    }

    private static boolean isWanted(byte[] area, int from, int to, Set<String> names) {
        if (names.isEmpty()) {
            return true;
        }
        int equals = from;
        while (equals < to && area[equals] != '=') {
            equals++;
        }
        return names.contains(new String(area, from, equals - from, StandardCharsets.UTF_8));
    }
}
