// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal;

import io.tetragon.policy.Limits;
import io.tetragon.policy.Problem;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Gathers what is wrong with one policy. Confined to the parsing thread.
 *
 * <p>The same problem is kept once: a macro is read where it is declared and at each use. The number kept is bounded;
 * the rest is counted, so that a hostile text cannot buy a report larger than itself.
 */
public final class Problems {
    private static final int SHOWN_CHARS = 80;

    private final Set<Problem> errors = new LinkedHashSet<>();
    private final Set<Problem> warnings = new LinkedHashSet<>();
    private int errorsLeftOut;
    private int warningsLeftOut;

    /** Reports an error. */
    public void error(Position at, String path, String what, String why, String remedy) {
        if (!keep(errors, new Problem(at, path, what, why, remedy))) {
            errorsLeftOut++;
        }
    }

    /** Reports a warning. */
    public void warning(Position at, String path, String what, String why, String remedy) {
        if (!keep(warnings, new Problem(at, path, what, why, remedy))) {
            warningsLeftOut++;
        }
    }

    /** Whether any error was reported. */
    public boolean any() {
        return !errors.isEmpty();
    }

    /** Whether further errors are only counted, so that composing them with care is wasted. */
    public boolean full() {
        return errors.size() >= Limits.PROBLEMS;
    }

    /** Returns the errors by position. */
    public List<Problem> errors() {
        return sorted(errors, errorsLeftOut);
    }

    /** Returns the warnings by position. */
    public List<Problem> warnings() {
        return sorted(warnings, warningsLeftOut);
    }

    /** A piece of the user's text as it may stand in a message: quoted, one line, shortened. */
    public static String quote(String text) {
        StringBuilder shown = new StringBuilder("\"");
        int end = Math.min(text.length(), SHOWN_CHARS);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                shown.append('\\').append(c);
            } else if (Character.isISOControl(c) || Character.isSurrogate(c) || Character.getType(c) == Character.FORMAT
                    || c == '\u2028' || c == '\u2029') {
                shown.append(String.format("\\u%04x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.append(end < text.length() ? "...\"" : "\"").toString();
    }

    private static boolean keep(Set<Problem> kept, Problem problem) {
        if (kept.size() >= Limits.PROBLEMS) {
            return kept.contains(problem);
        }
        kept.add(problem);
        return true;
    }

    private static List<Problem> sorted(Set<Problem> kept, int leftOut) {
        List<Problem> list = new ArrayList<>(kept);
        list.sort(Problem.BY_POSITION);
        if (leftOut > 0) {
            Position last = list.get(list.size() - 1).at();
            list.add(new Problem(last, "", leftOut + " or more further problems",
                    "only " + Limits.PROBLEMS + " are shown", "mend these first"));
        }
        return list;
    }
}
