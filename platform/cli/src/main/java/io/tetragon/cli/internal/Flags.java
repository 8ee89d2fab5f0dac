// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The flags and parameters of one invocation, wherever on the line they stood. */
final class Flags {
    private final List<ParseResult> path = new ArrayList<>();

    Flags(ParseResult root) {
        for (ParseResult at = root; at != null; at = at.hasSubcommand() ? at.subcommand() : null) {
            path.add(0, at);
        }
    }

    CommandSpec command() {
        return path.get(0).commandSpec();
    }

    boolean has(String flag) {
        return path.stream().anyMatch(p -> p.hasMatchedOption(flag));
    }

    boolean bool(String flag, boolean otherwise) {
        return value(flag, otherwise);
    }

    String text(String flag, String otherwise) {
        return value(flag, otherwise);
    }

    int number(String flag, int otherwise) {
        return value(flag, otherwise);
    }

    /** The values of every occurrence, as written. */
    List<String> raw(String flag) {
        List<String> values = new ArrayList<>();
        for (ParseResult at : path) {
            if (at.hasMatchedOption(flag)) {
                values.addAll(at.matchedOption(flag).originalStringValues());
            }
        }
        return values;
    }

    /** The values of every occurrence, split at commas that are in no bracket. */
    List<String> list(String flag) {
        List<String> values = new ArrayList<>();
        for (String text : raw(flag)) {
            split(text, values);
        }
        return values;
    }

    String parameter(int index) {
        return path.get(0).matchedPositionalValue(index, "");
    }

    /** Every parameter of the command. */
    List<String> parameters() {
        return path.get(0).matchedPositionals().stream()
                .flatMap(p -> p.originalStringValues().stream())
                .toList();
    }

    private <T> T value(String flag, T otherwise) {
        for (ParseResult at : path) {
            if (at.hasMatchedOption(flag)) {
                return at.matchedOptionValue(flag, otherwise);
            }
        }
        return otherwise;
    }

    // A comma within a{1,3} or [a,b] is part of a regular expression.
    static void split(String text, List<String> into) {
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '{' || c == '[' || c == '(') {
                depth++;
            } else if (c == '}' || c == ']' || c == ')') {
                depth--;
            } else if (c == ',' && depth <= 0) {
                into.add(text.substring(start, i));
                start = i + 1;
            }
        }
        into.add(text.substring(start));
    }

    static OptionSpec bool(String help, String... names) {
        return boolBuilder(help, names).build();
    }

    static OptionSpec text(String label, String help, String... names) {
        return textBuilder(label, help, names).build();
    }

    /** May be given several times, each time with several values. */
    static OptionSpec list(String label, String help, String... names) {
        return OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .description(help)
                .build();
    }

    static OptionSpec.Builder textBuilder(String label, String help, String... names) {
        return OptionSpec.builder(names)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .description(help);
    }

    // A value is accepted after `=` and, as the only values are true and false, after a space.
    static OptionSpec.Builder boolBuilder(String help, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0..1")
                .fallbackValue("true")
                .paramLabel("BOOL")
                .description(help);
    }

    static PositionalParamSpec parameter(String label, String help) {
        return parameter(0, label, help);
    }

    static PositionalParamSpec parameter(int index, String label, String help) {
        return PositionalParamSpec.builder()
                .type(String.class)
                .index(Integer.toString(index))
                .arity("1")
                .required(true)
                .paramLabel(label)
                .description(help)
                .build();
    }

    static OptionSpec inherited(OptionSpec.Builder builder) {
        return builder.scopeType(ScopeType.INHERIT).build();
    }
}
