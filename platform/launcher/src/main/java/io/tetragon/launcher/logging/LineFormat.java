// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.logging;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.text.MessageFormat;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes log records as lines. Whatever a record holds, it makes exactly one line: line breaks and control characters in
 * messages and fields are escaped, so that no process name can forge a line.
 */
enum LineFormat {
    /** {@code time=... level=info msg="..." name=value}, values quoted where they need it. */
    TEXT {
        @Override
        void field(StringBuilder line, String name, String value) {
            if (line.length() > 0) {
                line.append(' ');
            }
            line.append(plainName(name)).append('=');
            if (isPlain(value)) {
                line.append(value);
            } else {
                quote(line, value);
            }
        }

        @Override
        void end(StringBuilder line, String stackTrace) {
            if (!stackTrace.isEmpty()) {
                line.append('\n').append(stackTrace.indent(2).stripTrailing());
            }
        }
    },
    /** One JSON object. */
    JSON {
        @Override
        void field(StringBuilder line, String name, String value) {
            line.append(line.length() == 0 ? '{' : ',');
            quote(line, name);
            line.append(':');
            quote(line, value);
        }

        @Override
        void end(StringBuilder line, String stackTrace) {
            if (!stackTrace.isEmpty()) {
                field(line, "stacktrace", stackTrace);
            }
            line.append('}');
        }
    };

    abstract void field(StringBuilder line, String name, String value);

    abstract void end(StringBuilder line, String stackTrace);

    /**
     * Returns the line of a record, without the last line break.
     *
     * @param own whether the record is from one of our loggers, which have names and values as parameters
     * @param stackTrace whether a stack trace is wanted; as text it follows in lines that begin with white space
     */
    String line(LogRecord entry, boolean own, boolean stackTrace) {
        StringBuilder line = new StringBuilder(160);
        field(line, "time", entry.getInstant().toString());
        field(line, "level", LogLevel.word(entry.getLevel()));
        field(line, "msg", message(entry, own));
        @Nullable Object[] fields = entry.getParameters();
        if (own && fields != null) {
            for (int i = 0; i + 1 < fields.length; i += 2) {
                field(line, String.valueOf(fields[i]), String.valueOf(fields[i + 1]));
            }
        }
        if (!own) {
            field(line, "logger", String.valueOf(entry.getLoggerName()));
        }
        Throwable thrown = entry.getThrown();
        if (thrown != null) {
            field(line, "error", thrown.toString());
        }
        end(line, stackTrace && thrown != null ? stackTrace(thrown) : "");
        return line.toString();
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    /** Our own messages are taken as they are; those of libraries may be patterns with parameters. */
    private static String message(LogRecord entry, boolean own) {
        String message = entry.getMessage();
        if (message == null) {
            return "";
        }
        @Nullable Object[] parameters = entry.getParameters();
        if (own || parameters == null || parameters.length == 0 || message.indexOf('{') < 0) {
            return message;
        }
        try {
            return MessageFormat.format(message, parameters);
        } catch (IllegalArgumentException e) {
            return message;
        }
    }

    private static boolean isPlain(String value) {
        if (value.isEmpty()) {
            return false;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static String plainName(String name) {
        return isPlain(name) ? name : name.replaceAll("[^\\x21-\\x7e]|[\"=\\\\]", "_");
    }

    private static void quote(StringBuilder line, String value) {
        line.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> line.append("\\\"");
                case '\\' -> line.append("\\\\");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    // Beyond ASCII: C1 controls, line and paragraph separators and lone surrogates break terminals and parsers.
                    if (c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 || isLone(value, i)) {
                        line.append(String.format("\\u%04x", (int) c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
        line.append('"');
    }

    private static boolean isLone(String value, int at) {
        char c = value.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == value.length() || !Character.isLowSurrogate(value.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(value.charAt(at - 1)));
    }
}
