// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tetragon.api.TetragonException;
import io.tetragon.policy.Limits;
import io.tetragon.policy.NameSource;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.model.ListSpec;
import io.tetragon.policy.model.ListType;
import io.tetragon.policy.model.SyscallName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec.lists} and fills the generated ones. */
final class ListReader {
    private static final int PATTERN_MAX = 1024;

    private final Scope scope;

    ListReader(Scope scope) {
        this.scope = scope;
    }

    /** Reads all lists into the scope, by name. */
    void lists(Section spec) {
        for (Section section : scope.unlessFull(spec.sections("lists"))) {
            if (!section.has("name")) {
                continue;
            }
            String name = section.text("name");
            if (name.isEmpty()) {
                scope.error(section, "name", "empty name", "hooks refer to a list by name", "name it");
            }
            ListSpec earlier = scope.lists().get(name);
            if (earlier != null) {
                scope.error(section, "name", "second list " + Problems.quote(name),
                        "the first is at " + earlier.at(), "rename one of them");
                continue;
            }
            scope.lists().put(name, list(section));
        }
    }

    private ListSpec list(Section section) {
        ListType type = ListType.of(section.text("type"));
        boolean generated = type == ListType.GENERATED_SYSCALLS || type == ListType.GENERATED_FTRACE;
        if (section.has("pattern") && type != ListType.GENERATED_FTRACE) {
            scope.error(section, "pattern", "pattern in a list of type \"" + type.word() + "\"",
                    "only generated_ftrace has one", "remove it");
        }
        if (generated) {
            return generated(section, type);
        }
        List<String> values = section.texts("values").stream().map(TextValue::text).toList();
        if (values.isEmpty() && section.whole()) {
            scope.error(section, "values", "empty list", "a hook on it would be on nothing", "give it values");
        }
        for (TextValue value : scope.unlessFull(section.texts("values"))) {
            check(value, type);
        }
        return spec(section, type, "", values, true);
    }

    private void check(TextValue value, ListType type) {
        String name = value.text();
        int slash = type.syscalls() ? name.indexOf('/') : -1;
        if (slash >= 0 && !SyscallName.isAbi(name.substring(0, slash))) {
            scope.error(value, "unknown ABI in " + Problems.quote(name), "it is one of x64, i386, arm64, arm32", "");
        } else if (!Names.symbol(name.substring(slash + 1))) {
            scope.error(value, "no function " + Problems.quote(name), Names.SYMBOL_RULE, "");
        }
    }

    private ListSpec generated(Section section, ListType type) {
        if (section.has("values") && !section.texts("values").isEmpty()) {
            scope.error(section, "values", "values in a generated list", "they come from the kernel",
                    "remove them or write type: syscalls");
        }
        if (scope.addGeneratedList() > Limits.GENERATED_LISTS) {
            scope.error(section, "type", "too many generated lists",
                    "the limit is " + Limits.GENERATED_LISTS + " per policy", "join their patterns with |");
            return spec(section, type, section.text("pattern"), List.of(), false);
        }
        Pattern pattern = type == ListType.GENERATED_FTRACE ? pattern(section) : null;
        String written = section.text("pattern");
        if (type == ListType.GENERATED_FTRACE && pattern == null) {
            return spec(section, type, written, List.of(), false);
        }
        NameSource source = type == ListType.GENERATED_SYSCALLS
                ? scope.context().syscalls()
                : scope.context().tracedFunctions();
        if (source == null) {
            scope.warning(section, "type", "list " + Problems.quote(section.text("name")) + " is not expanded",
                    "its names are known on the machine it is for", "");
            return spec(section, type, written, List.of(), false);
        }
        List<String> values = names(section, source, pattern);
        return spec(section, type, written, values, true);
    }

    private @Nullable Pattern pattern(Section section) {
        String written = section.text("pattern");
        if (written.isEmpty()) {
            if (section.whole()) {
                scope.error(section, "pattern", "generated_ftrace without a pattern", "it would take every function",
                        "write it like ^ksys_");
            }
            return null;
        }
        String why;
        if (written.length() > PATTERN_MAX) {
            why = "the limit is " + PATTERN_MAX + " characters";
        } else {
            try {
                return Pattern.compile(written);
            } catch (PatternSyntaxException e) {
                why = String.valueOf(e.getDescription());
            }
        }
        scope.error(section, "pattern", "wrong pattern " + Problems.quote(written), why,
                "it is a regular expression in RE2's syntax");
        return null;
    }

    private List<String> names(Section section, NameSource source, @Nullable Pattern pattern) {
        Collection<String> all;
        try {
            all = source.names();
        } catch (TetragonException e) {
            scope.error(section, "type", e.what(), e.why(), e.remedy());
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (String name : all) {
            if (pattern == null || pattern.matcher(name).find()) {
                names.add(name);
            }
        }
        if (names.isEmpty()) {
            scope.error(section, pattern == null ? "type" : "pattern", "empty list",
                    "none of " + all.size() + " names fits", "");
        }
        return names;
    }

    private static ListSpec spec(Section section, ListType type, String pattern, List<String> values, boolean full) {
        return new ListSpec(section.at(), section.text("name"), type, pattern, values, full);
    }
}
