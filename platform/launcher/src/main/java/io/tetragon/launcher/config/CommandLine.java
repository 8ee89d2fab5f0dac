// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.TetragonException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads arguments as Tetragon's start lines have them: {@code --flag=value}, {@code --flag value}, switches without a
 * value, {@code -d} and {@code -h} alone, together or with {@code =value}. The last use of a flag counts, except for lists,
 * whose uses add up.
 */
final class CommandLine {
    private final Map<String, String> values = new LinkedHashMap<>();

    private CommandLine() {}

    static Source parse(String... arguments) throws TetragonException {
        CommandLine line = new CommandLine();
        int at = 0;
        while (at < arguments.length) {
            String argument = arguments[at++];
            @Nullable String next = at < arguments.length ? arguments[at] : null;
            if (argument.startsWith("--") && argument.length() > 2) {
                at += line.longForm(argument.substring(2), next) ? 1 : 0;
            } else if (argument.startsWith("-") && argument.length() > 1 && !argument.equals("--")) {
                line.shortForm(argument.substring(1));
            } else if (!argument.equals("--") || next != null) {
                String surplus = next != null && argument.equals("--") ? next : argument;
                throw Source.invalid("unexpected argument \"" + surplus + "\"",
                        "every setting is a flag, and a switch takes its value as --flag=false");
            }
        }
        return new Source("command line", line.values);
    }

    /** Takes one flag; returns whether it used the next argument as its value. */
    private boolean longForm(String text, @Nullable String next) throws TetragonException {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Flag flag = Flags.find(name);
        if (flag == null) {
            throw Source.invalid("--" + name, "unknown flag");
        }
        if (equals >= 0) {
            put(flag, text.substring(equals + 1));
            return false;
        }
        if (flag.type() == FlagType.BOOL) {
            put(flag, "true");
            return false;
        }
        if (next == null) {
            throw Source.invalid("--" + name, "needs a value");
        }
        put(flag, next);
        return true;
    }

    private void shortForm(String letters) throws TetragonException {
        for (int i = 0; i < letters.length(); i++) {
            Flag flag = Flags.findShort(letters.charAt(i));
            if (flag == null) {
                throw Source.invalid("-" + letters, "unknown flag");
            }
            if (i + 1 < letters.length() && letters.charAt(i + 1) == '=') {
                put(flag, letters.substring(i + 2));
                return;
            }
            put(flag, "true");
        }
    }

    private void put(Flag flag, String text) {
        if (flag.type() == FlagType.LIST) {
            values.merge(flag.name(), text, (before, more) -> before + "," + more);
        } else {
            values.put(flag.name(), text);
        }
    }
}
