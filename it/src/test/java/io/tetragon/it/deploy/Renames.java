// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import java.util.BitSet;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The events of one deployment of the rename sensor, by their sequence numbers. */
final class Renames {
    private static final Pattern ARGUMENTS = Pattern.compile(
            "\"args\":\\[\\{\"string_arg\":\".*?\"},\\{\"string_arg\":\"(?<name>.*?)\"},\\{\"size_arg\":\"(?<number>\\d+)\"}]");

    private final BitSet numbers = new BitSet();
    private int twice;
    private int orphans;

    /** Takes a line of the export file if it is one of the sensor's. */
    void take(String line) {
        if (!line.startsWith("{\"process_tracepoint\"")) {
            return;
        }
        Matcher arguments = ARGUMENTS.matcher(line);
        if (!arguments.find()) {
            throw new AssertionError("not an event of the rename sensor: " + line);
        }
        int number = Integer.parseInt(arguments.group("number"));
        twice += numbers.get(number) ? 1 : 0;
        numbers.set(number);
        orphans += arguments.group("name").equals("true") && !line.contains("\"exec_id\"") ? 1 : 0;
    }

    int count() {
        return numbers.cardinality();
    }

    /** What is wrong with them: numbers that are missing or came twice, processes that were not found. */
    Optional<String> defects() {
        int missing = numbers.length() - numbers.cardinality();
        return missing + twice + orphans == 0
                ? Optional.empty()
                : Optional.of(missing + " of " + numbers.length() + " missing (the first is " + numbers.nextClearBit(0)
                        + "), " + twice + " twice, " + orphans + " without their process");
    }
}
