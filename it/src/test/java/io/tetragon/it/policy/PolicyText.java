// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

/** The texts of policies, so that a row shows only what is its own. */
final class PolicyText {
    private PolicyText() {}

    /** A whole policy of this name; {@code spec} is what stands below {@code spec:}, from the first column on. */
    static String of(String name, String spec) {
        return """
                apiVersion: cilium.io/v1alpha1
                kind: TracingPolicy
                metadata:
                  name: "%s"
                spec:
                """.formatted(name) + spec.indent(2);
    }

    /** A spec with a hook on lseek(2), which the trigger "seek" calls; {@code rest} are more fields of the hook. */
    static String onSeek(String rest) {
        return """
                kprobes:
                - call: "sys_lseek"
                  syscall: true
                  args:
                  - index: 0
                    type: "int"
                  - index: 1
                    type: "int64"
                  - index: 2
                    type: "int"
                """ + rest.indent(2);
    }

    /**
     * Selectors for {@link #onSeek}: one that holds for the trigger's calls and for {@code rest}, which is more of the
     * same selector. Nothing else on the machine calls lseek with this {@code whence}.
     */
    static String onlyTriggers(String rest) {
        return """
                selectors:
                - matchArgs:
                  - index: 2
                    operator: "Equal"
                    values: ["4444"]
                """ + rest.indent(2);
    }

    /** A filter to follow the one of {@link #onlyTriggers} in {@code matchArgs}, on the offset. */
    static String offset(String operator, String... values) {
        return filter(1, operator, values);
    }

    /** A filter in a list {@code matchArgs}. */
    static String filter(int index, String operator, String... values) {
        return """
                - index: %d
                  operator: "%s"
                  values: ["%s"]
                """.formatted(index, operator, String.join("\", \"", values));
    }

    /** A filter of the process's binary or its parent's. */
    static String binaries(String operator, String... paths) {
        return """
                matchBinaries:
                - operator: "%s"
                  values: ["%s"]
                """.formatted(operator, String.join("\", \"", paths));
    }

    /** An action. */
    static String action(String action, String... parameters) {
        return "matchActions:\n- action: \"" + action + "\"\n"
                + (parameters.length == 0 ? "" : String.join("\n", parameters).indent(2));
    }
}
