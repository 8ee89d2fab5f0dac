// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.events.EventJson;
import io.tetragon.proto.HookStatus;
import io.tetragon.proto.ListTracingPoliciesResponse;
import io.tetragon.proto.TracingPolicyActionCounters;
import io.tetragon.proto.TracingPolicyState;
import io.tetragon.proto.TracingPolicyStatus;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The policies of an agent, as a table for people or as JSON. */
final class PolicyListing {
    private static final List<String> COLUMNS =
            List.of(
                    "ID", "NAME", "DOMAIN", "STATE", "FILTERID", "NAMESPACE", "SENSORS", "KERNELMEMORY", "MODE",
                    "NPOST", "NENFORCE", "NMONITOR");
    private static final List<String> HOOK_COLUMNS = List.of("SECTION", "CFGIDX", "DESCRIPTION", "STATUS");
    private static final String HOOK_INDENT = "    ";
    private static final List<String> UNITS = List.of("B", "kB", "MB", "GB", "TB", "PB", "EB");
    private static final int STEP = 1000;

    private PolicyListing() {}

    /** The table; below a policy of which only some hooks are there stands a table of its hooks. */
    static String text(ListTracingPoliciesResponse policies) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(COLUMNS);
        policies.getPoliciesList().forEach(policy -> rows.add(row(policy)));
        List<String> lines = Table.lines(rows);
        List<String> out = new ArrayList<>();
        out.add(lines.get(0));
        for (int i = 0; i < policies.getPoliciesCount(); i++) {
            TracingPolicyStatus policy = policies.getPolicies(i);
            out.add(lines.get(i + 1));
            if (policy.getState() == TracingPolicyState.TP_STATE_PARTIALLY_ENABLED) {
                Table.lines(hooks(policy)).forEach(line -> out.add(HOOK_INDENT + line));
            }
        }
        return String.join("\n", out);
    }

    /** One line, with a blank after each comma as upstream has it. */
    static String json(ListTracingPoliciesResponse policies) {
        StringBuilder dense = new StringBuilder();
        EventJson.write(policies, dense);
        StringBuilder out = new StringBuilder(dense.length());
        boolean inString = false;
        for (int i = 0; i < dense.length(); i++) {
            char c = dense.charAt(i);
            out.append(c);
            if (c == '\\') {
                out.append(dense.charAt(++i));
            } else if (c == '"') {
                inString = !inString;
            } else if (c == ',' && !inString) {
                out.append(' ');
            }
        }
        return out.toString();
    }

    private static List<String> row(TracingPolicyStatus policy) {
        TracingPolicyActionCounters n = policy.getStats().getActionCounters();
        return List.of(
                Long.toUnsignedString(policy.getId()),
                policy.getName(),
                policy.getDomain(),
                word("TP_STATE_", policy.getState()),
                Long.toUnsignedString(policy.getFilterId()),
                policy.getNamespace().isEmpty() ? "(global)" : policy.getNamespace(),
                String.join(",", policy.getSensorsList()),
                bytes(policy.getKernelMemoryBytes()),
                word("TP_MODE_", policy.getMode()),
                Long.toUnsignedString(n.getPost()),
                Long.toUnsignedString(n.getSignal() + n.getOverride() + n.getNotifyEnforcer() + n.getSet()),
                Long.toUnsignedString(
                        n.getMonitorSignal()
                                + n.getMonitorOverride()
                                + n.getMonitorNotifyEnforcer()
                                + n.getMonitorSet()));
    }

    private static List<List<String>> hooks(TracingPolicyStatus policy) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HOOK_COLUMNS);
        for (HookStatus hook : policy.getHookStatusesList()) {
            rows.add(
                    List.of(
                            hook.getSection(),
                            Integer.toUnsignedString(hook.getHookIdx()),
                            hook.getHookDescription(),
                            word("STATUS_", hook.getState())));
        }
        return rows;
    }

    // A value of a newer agent has no name here and shows as UNRECOGNIZED.
    private static String word(String prefix, Enum<?> value) {
        String name = value.name();
        return (name.startsWith(prefix) ? name.substring(prefix.length()) : name).toLowerCase(Locale.ROOT);
    }

    /** In decimal units, two digits after the point, rounded as Go rounds. */
    static String bytes(long unsigned) {
        double value = unsigned >= 0 ? unsigned : (unsigned >>> 1) * 2.0;
        int unit = 0;
        while (value >= STEP && unit < UNITS.size() - 1) {
            value /= STEP;
            unit++;
        }
        return unit == 0
                ? (long) value + " B"
                : new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN) + " " + UNITS.get(unit);
    }
}
