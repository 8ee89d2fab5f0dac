// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Nearest;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.value.Numbers;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.model.PolicyOptions;
import io.tetragon.policy.model.PolicyOptions.Mode;
import io.tetragon.policy.model.PolicyOptions.OptionSpec;
import io.tetragon.policy.model.PolicyOptions.OverrideMethod;
import java.util.HashMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec.options}. */
final class OptionReader {
    private static final String KPROBE_MULTI = "disable-kprobe-multi";
    private static final String UPROBE_MULTI = "disable-uprobe-multi";
    private static final String OVERRIDE_METHOD = "override-method";
    private static final String POLICY_MODE = "policy-mode";
    private static final String PRELOAD_SIZE = "sleepable-preload-size";
    private static final String LOADER_SCAN = "loader-scan";
    private static final List<String> KNOWN =
            List.of(KPROBE_MULTI, UPROBE_MULTI, OVERRIDE_METHOD, POLICY_MODE, PRELOAD_SIZE, LOADER_SCAN);

    private final Scope scope;
    private final Map<String, Section> options = new HashMap<>();

    OptionReader(Scope scope) {
        this.scope = scope;
    }

    PolicyOptions options(Section spec) {
        List<OptionSpec> written = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("options"))) {
            if (!section.has("name")) {
                continue;
            }
            String name = section.text("name");
            written.add(new OptionSpec(section.at(), name, section.text("value")));
            if (!KNOWN.contains(name)) {
                scope.warning(section, "name", "unknown option " + Problems.quote(name), "it has no effect",
                        Nearest.hint(name, KNOWN));
            } else if (options.putIfAbsent(name, section) != null) {
                scope.error(section, "name", "second option " + name,
                        "the first is at " + options.get(name).at(), "keep one of them");
            } else if (!section.has("value") && section.whole()) {
                scope.error(section, "option " + name + " has no value", "", "give it one");
            }
        }
        return new PolicyOptions(flag(KPROBE_MULTI), flag(UPROBE_MULTI), overrideMethod(), mode(), preloadSize(),
                flag(LOADER_SCAN), written);
    }

    private boolean flag(String name) {
        Section option = given(name);
        if (option == null) {
            return false;
        }
        return switch (option.text("value")) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> {
                wrong(option, "it is true or false");
                yield false;
            }
        };
    }

    private @Nullable OverrideMethod overrideMethod() {
        Section option = given(OVERRIDE_METHOD);
        if (option == null) {
            return null;
        }
        switch (option.text("value")) {
            case "fmod-ret" -> {
                return OverrideMethod.FMOD_RET;
            }
            case "override-return" -> {
                return OverrideMethod.OVERRIDE_RETURN;
            }
            default -> wrong(option, "it is fmod-ret or override-return");
        }
        return null;
    }

    private @Nullable Mode mode() {
        Section option = given(POLICY_MODE);
        if (option == null) {
            return null;
        }
        switch (option.text("value")) {
            case "enforce" -> {
                return Mode.ENFORCE;
            }
            case "monitor" -> {
                return Mode.MONITOR;
            }
            default -> wrong(option, "it is enforce or monitor");
        }
        return null;
    }

    private int preloadSize() {
        Section option = given(PRELOAD_SIZE);
        if (option == null) {
            return 0;
        }
        try {
            long size = Numbers.parse(option.text("value"), 32, true);
            if (size > 0) {
                return (int) size;
            }
        } catch (ValueException e) {
            // Reported below with the range of this option.
        }
        wrong(option, "it lies from 1 to " + Integer.MAX_VALUE);
        return 0;
    }

    private @Nullable Section given(String name) {
        Section option = options.get(name);
        return option != null && option.has("value") ? option : null;
    }

    private void wrong(Section option, String why) {
        scope.error(option, "value", "wrong value " + Problems.quote(option.text("value")) + " of "
                + option.text("name"), why, "");
    }
}
