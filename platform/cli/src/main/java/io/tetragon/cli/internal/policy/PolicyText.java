// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import java.util.List;

/** The text of a new policy, line by line; every word that is not ours comes quoted. */
final class PolicyText {
    private final StringBuilder text = new StringBuilder();

    PolicyText(String name) {
        line(0, "apiVersion: cilium.io/v1alpha1");
        line(0, "kind: TracingPolicy");
        line(0, "metadata:");
        line(1, "name: " + quote(name));
    }

    /** Appends a line, two blanks deeper per level. */
    PolicyText line(int level, String line) {
        text.append("  ".repeat(level)).append(line).append('\n');
        return this;
    }

    /** Appends a list of texts, its dashes below the key before it. */
    PolicyText items(int level, List<String> items) {
        for (String item : items) {
            line(level, "- " + quote(item));
        }
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** A double-quoted YAML scalar; whatever is no letter, digit or mark of ASCII is escaped. */
    static String quote(String word) {
        StringBuilder out = new StringBuilder(word.length() + 2).append('"');
        word.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c >= ' ' && c < 0x7f || c > 0x7f && Character.isLetterOrDigit(c)) {
                out.appendCodePoint(c);
            } else {
                String hex = Integer.toHexString(c);
                out.append("\\U").append("0".repeat(8 - hex.length())).append(hex);
            }
        });
        return out.append('"').toString();
    }
}
