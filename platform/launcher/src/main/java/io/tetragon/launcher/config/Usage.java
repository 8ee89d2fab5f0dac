// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import java.util.Locale;

/** The table of flags, written for people and as YAML. */
final class Usage {
    private static final int HELP_COLUMN = 46;

    private Usage() {}

    static String text() {
        StringBuilder text = new StringBuilder("""
                Observes and reports what runs on this machine, by BPF.

                Usage:
                  tetragon [flags]

                Each flag can also be set by a file of its name in /etc/tetragon/tetragon.conf.d or in --config-dir,
                in /etc/tetragon/tetragon.yaml, or by TETRAGON_<FLAG> in the environment.

                Flags:
                """);
        for (Flag flag : Flags.all()) {
            if (flag.effect() == Flag.Effect.HIDDEN) {
                continue;
            }
            int start = text.length();
            text.append(shortForm(flag)).append("--").append(flag.name());
            if (flag.type() != FlagType.BOOL) {
                text.append(' ').append(flag.type().label());
            }
            text.append(" ".repeat(Math.max(2, HELP_COLUMN - (text.length() - start)))).append(flag.help());
            if (!flag.defaultText().isEmpty() && !flag.defaultText().equals("false")) {
                text.append(" (default ").append(flag.defaultText()).append(')');
            }
            text.append(flag.effect() == Flag.Effect.NOT_YET ? " [no effect yet]\n" : "\n");
        }
        return text.toString();
    }

    static String yaml() {
        StringBuilder text = new StringBuilder("options:\n");
        for (Flag flag : Flags.all()) {
            if (flag.effect() == Flag.Effect.HIDDEN) {
                continue;
            }
            text.append("    - name: ").append(flag.name());
            if (flag.name().equals("debug") || flag.name().equals("help")) {
                text.append("\n      shorthand: ").append(flag.name().charAt(0));
            }
            if (!flag.defaultText().isEmpty()) {
                text.append("\n      default_value: ").append(quoted(flag.defaultText()));
            }
            text.append("\n      usage: ").append(quoted(flag.help())).append('\n');
        }
        return text.toString();
    }

    private static String shortForm(Flag flag) {
        return switch (flag.name()) {
            case "debug", "help" -> "  -" + flag.name().substring(0, 1).toLowerCase(Locale.ROOT) + ", ";
            default -> "      ";
        };
    }

    private static String quoted(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }
}
