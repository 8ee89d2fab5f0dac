// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.ListValue;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.internal.schema.Value.WholeValue;
import io.tetragon.policy.internal.value.Capabilities;
import io.tetragon.policy.internal.value.Numbers;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.BinaryFilter.Match;
import io.tetragon.policy.model.CapabilityFilter;
import io.tetragon.policy.model.CapabilityFilter.CapabilitySet;
import io.tetragon.policy.model.NamespaceChangeFilter;
import io.tetragon.policy.model.NamespaceFilter;
import io.tetragon.policy.model.NamespaceKind;
import io.tetragon.policy.model.PidFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads the filters on the process: numbers, binaries, namespaces and capabilities. */
final class ProcessFilterReader {
    /** The kernel's PID_MAX_LIMIT on 64-bit machines. */
    private static final int PID_MAX = 4_194_304;

    private final Scope scope;

    ProcessFilterReader(Scope scope) {
        this.scope = scope;
    }

    List<PidFilter> pids(Section selector) {
        List<PidFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections("matchPIDs"))) {
            needValues(section);
            List<Integer> pids = new ArrayList<>();
            for (WholeValue value : scope.unlessFull(section.wholes("values"))) {
                if (value.whole() > PID_MAX) {
                    scope.error(value, "PID " + value.whole() + " is out of range", "PIDs end at " + PID_MAX, "");
                }
                pids.add((int) value.whole());
            }
            filters.add(new PidFilter(section.at(), negated(section), pids, section.flag("isNamespacePID", false),
                    section.flag("followForks", false)));
        }
        return filters;
    }

    List<BinaryFilter> binaries(Section selector, String field) {
        List<BinaryFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections(field))) {
            if (!section.has("operator")) {
                continue;
            }
            Match match = Match.of(section.text("operator"));
            boolean follow = section.flag("followChildren", false);
            if (follow && match != Match.IN && match != Match.NOT_IN) {
                scope.error(section, "followChildren", "followChildren with " + match.word(),
                        "descendants are followed with In and NotIn only", "");
            }
            needValues(section);
            for (TextValue value : scope.unlessFull(section.texts("values"))) {
                checkBinary(value, match);
            }
            List<String> values = section.texts("values").stream().map(TextValue::text).toList();
            filters.add(new BinaryFilter(section.at(), match, values, follow));
        }
        return filters;
    }

    private void checkBinary(TextValue value, Match match) {
        int max = match == Match.POSTFIX || match == Match.NOT_POSTFIX ? Limits.POSTFIX_BYTES : Limits.BINARY_BYTES;
        int bytes = value.text().getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0) {
            scope.error(value, "empty path", "an empty text is part of every path", "remove it or give it a text");
        } else if (bytes > max) {
            scope.error(value, "path of " + bytes + " bytes", "the limit of " + match.word() + " is " + max, "");
        } else if (value.text().indexOf('\0') >= 0) {
            scope.error(value, "path " + Problems.quote(value.text()), "no path has a zero byte", "");
        }
    }

    List<NamespaceFilter> namespaces(Section selector) {
        List<NamespaceFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections("matchNamespaces"))) {
            needValues(section);
            if (!section.has("namespace")) {
                continue;
            }
            List<Long> inodes = new ArrayList<>();
            boolean host = false;
            for (TextValue value : scope.unlessFull(section.texts("values"))) {
                if (value.text().equals("host_ns")) {
                    host = true;
                    continue;
                }
                try {
                    inodes.add(Numbers.parse(value.text(), 32, false));
                } catch (ValueException e) {
                    scope.error(value, "wrong namespace " + Problems.quote(value.text()),
                            "it is a namespace's number or host_ns", "");
                }
            }
            filters.add(new NamespaceFilter(section.at(), NamespaceKind.of(section.text("namespace")),
                    negated(section), inodes, host));
        }
        return filters;
    }

    List<NamespaceChangeFilter> namespaceChanges(Section selector) {
        List<NamespaceChangeFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections("matchNamespaceChanges"))) {
            needValues(section);
            Set<NamespaceKind> namespaces = EnumSet.noneOf(NamespaceKind.class);
            section.texts("values").forEach(value -> namespaces.add(NamespaceKind.of(value.text())));
            filters.add(new NamespaceChangeFilter(section.at(), negated(section), namespaces));
        }
        return filters;
    }

    List<CapabilityFilter> capabilities(Section selector, String field) {
        List<CapabilityFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections(field))) {
            needValues(section);
            long mask = 0;
            for (TextValue value : scope.unlessFull(section.texts("values"))) {
                try {
                    mask |= Capabilities.bit(value.text());
                } catch (ValueException e) {
                    scope.error(value, "unknown capability " + Problems.quote(value.text()), e);
                }
            }
            String set = section.has("type") ? section.text("type") : "Effective";
            filters.add(new CapabilityFilter(section.at(), CapabilitySet.valueOf(set.toUpperCase(Locale.ROOT)),
                    negated(section), section.flag("isNamespaceCapability", false), mask));
        }
        return filters;
    }

    private void needValues(Section section) {
        if (section.value("values") instanceof ListValue list
                && list.items().isEmpty() && section.whole()) {
            scope.error(section, "values", "no values", "the filter compares with at least one",
                    "remove the filter or give it values");
        }
    }

    private static boolean negated(Section section) {
        return section.text("operator").equals("NotIn");
    }
}
