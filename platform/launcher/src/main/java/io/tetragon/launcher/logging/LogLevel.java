// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.logging;

import java.util.Locale;
import java.util.logging.Level;

/** The levels users know, from the most to the least talkative. */
public enum LogLevel {
    TRACE(Level.FINER),
    DEBUG(Level.FINE),
    INFO(Level.INFO),
    WARNING(Level.WARNING),
    ERROR(Level.SEVERE),
    /** Nothing here logs above error; kept for Tetragon's level names. */
    FATAL(Level.OFF),
    /** As FATAL. */
    PANIC(Level.OFF);

    private final Level level;

    LogLevel(Level level) {
        this.level = level;
    }

    /** Returns the level of the name that {@code --log-level} takes. */
    public static LogLevel of(String name) {
        return name.equals("warn") ? WARNING : valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Returns the least level of our own loggers that is written. */
    Level own() {
        return level;
    }

    /** Returns the least level of the libraries' loggers that is written: they say much that only a developer needs. */
    Level libraries() {
        return switch (this) {
            case TRACE -> Level.ALL;
            case DEBUG -> Level.INFO;
            case INFO, WARNING -> Level.WARNING;
            case ERROR -> Level.SEVERE;
            case FATAL, PANIC -> Level.OFF;
        };
    }

    /** Returns the word that a line has for a level of the platform. */
    static String word(Level level) {
        int value = level.intValue();
        if (value >= Level.SEVERE.intValue()) {
            return "error";
        }
        if (value >= Level.WARNING.intValue()) {
            return "warning";
        }
        if (value >= Level.INFO.intValue()) {
            return "info";
        }
        return value >= Level.FINE.intValue() ? "debug" : "trace";
    }
}
