// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tetragon.api.TetragonException;
import java.util.List;

/** The regular expressions of one member: RE2, not anchored, any of them. */
final class Regexes {
    private final Pattern[] patterns;

    private Regexes(Pattern[] patterns) {
        this.patterns = patterns;
    }

    static Regexes compile(RegexBudget budget, String where, String member, List<String> regexes)
            throws TetragonException {
        Pattern[] patterns = new Pattern[regexes.size()];
        for (int i = 0; i < patterns.length; i++) {
            budget.take(where, member, regexes.get(i));
            patterns[i] = compile(where, member, regexes.get(i));
        }
        return new Regexes(patterns);
    }

    boolean match(String text) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(text).find()) {
                return true;
            }
        }
        return false;
    }

    private static Pattern compile(String where, String member, String regex) throws TetragonException {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw FilterCompiler.error(where, member + " has a bad regular expression: " + e.getMessage(), "");
        }
    }
}
