// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an agent accounts for at its end: the records of its ring, and the events of each listener.
 *
 * @param ring {@code produced}, {@code consumed}, {@code lost}
 * @param listeners by name: {@code offered}, {@code delivered}, {@code filtered}, {@code lost}, {@code rate_limited}
 */
public record Ledgers(Map<String, Long> ring, Map<String, Map<String, Long>> listeners) {
    private static final Pattern COUNT = Pattern.compile("(\\w+)=(\\d+)");
    private static final Pattern NAME = Pattern.compile("\\bname=\"?([^\" ]+)");

    static Ledgers parse(String log) {
        Map<String, Long> ring = new LinkedHashMap<>();
        Map<String, Map<String, Long>> listeners = new LinkedHashMap<>();
        for (String line : log.lines().toList()) {
            if (line.contains("ring ledger")) {
                ring.putAll(counts(line));
            } else if (line.contains("listener ledger")) {
                Matcher name = NAME.matcher(line);
                listeners.put(name.find() ? name.group(1) : "?", counts(line));
            }
        }
        if (ring.isEmpty()) {
            throw new AssertionError("the agent's log has no line \"ring ledger ...\":\n" + log);
        }
        return new Ledgers(ring, listeners);
    }

    /** Every difference between what came in and what is accounted for; empty when the ledgers add up. */
    public List<String> errors() {
        List<String> errors = new ArrayList<>();
        long ringOut = count(ring, "consumed") + count(ring, "lost");
        if (count(ring, "produced") != ringOut) {
            errors.add("ring: produced is not consumed + lost: " + ring);
        }
        listeners.forEach((name, counts) -> {
            long out = count(counts, "delivered") + count(counts, "filtered") + count(counts, "lost")
                    + count(counts, "rate_limited");
            if (count(counts, "offered") != out) {
                errors.add("listener " + name + ": offered is not delivered + filtered + lost + rate_limited: "
                        + counts);
            }
        });
        return errors;
    }

    /** A count of the ring's ledger. */
    public long ringCount(String name) {
        return count(ring, name);
    }

    /** What the JSON export lost. A client that went away, such as a test's stream, may have left events in its queue. */
    public long lostByExport() {
        Map<String, Long> export = listeners.get("json");
        if (export == null) {
            throw new AssertionError("the agent's log has no ledger of the listener json: " + listeners);
        }
        return count(export, "lost");
    }

    private static long count(Map<String, Long> counts, String name) {
        Long count = counts.get(name);
        if (count == null) {
            throw new AssertionError("no " + name + " in the ledger " + counts);
        }
        return count;
    }

    private static Map<String, Long> counts(String line) {
        Map<String, Long> counts = new LinkedHashMap<>();
        Matcher matcher = COUNT.matcher(line);
        while (matcher.find()) {
            counts.put(matcher.group(1), Long.valueOf(matcher.group(2)));
        }
        return counts;
    }
}
