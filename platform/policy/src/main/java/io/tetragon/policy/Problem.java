// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import io.tetragon.policy.model.Position;
import java.util.Comparator;

/**
 * One thing that is wrong with a policy, or doubtful when it is a warning.
 *
 * @param at where in the text
 * @param path the field, such as {@code spec.kprobes[0].call}; empty when the text is no YAML
 * @param what what is wrong, such as {@code unknown field "cal"}
 * @param why the rule or limit it breaks; empty when {@code what} says it all
 * @param remedy what to write instead; empty when there is nothing to say
 */
public record Problem(Position at, String path, String what, String why, String remedy) {

    /** By position, then by path and text, so that the same policy gives the same list. */
    public static final Comparator<Problem> BY_POSITION = Comparator
            .comparing(Problem::at)
            .thenComparing(Problem::path)
            .thenComparing(Problem::what)
            .thenComparing(Problem::why);

    /** One line: {@code line:column: path: what: why (remedy)}. */
    public String text() {
        StringBuilder line = new StringBuilder();
        line.append(at.line()).append(':').append(at.column()).append(": ");
        if (!path.isEmpty()) {
            line.append(path).append(": ");
        }
        line.append(what);
        if (!why.isEmpty()) {
            line.append(": ").append(why);
        }
        if (!remedy.isEmpty()) {
            line.append(" (").append(remedy).append(')');
        }
        return line.toString();
    }
}
