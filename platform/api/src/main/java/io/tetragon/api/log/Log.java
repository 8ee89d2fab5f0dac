// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.log;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A logger whose lines have fields, on top of {@code java.util.logging}: the agent's handler writes them as text or JSON,
 * any other handler still sees the message. Safe for use by any thread.
 *
 * <p>Fields are passed as alternating names and values: {@code log.warn("cannot attach", "sensor", name, "reason", why)}.
 */
public final class Log {
    private final Logger logger;

    private Log(Logger logger) {
        this.logger = logger;
    }

    /** Returns the logger of a class. */
    public static Log of(Class<?> owner) {
        return new Log(Logger.getLogger(owner.getName()));
    }

    /** Logs at debug level. */
    public void debug(String message, @Nullable Object... fields) {
        log(Level.FINE, null, message, fields);
    }

    /** Logs at info level. */
    public void info(String message, @Nullable Object... fields) {
        log(Level.INFO, null, message, fields);
    }

    /** Logs at warning level. */
    public void warn(String message, @Nullable Object... fields) {
        log(Level.WARNING, null, message, fields);
    }

    /** Logs at error level. */
    public void error(String message, @Nullable Object... fields) {
        log(Level.SEVERE, null, message, fields);
    }

    /** Logs a defect: the line at error level, the stack trace at debug level only. */
    public void defect(Throwable cause, String message, @Nullable Object... fields) {
        log(Level.SEVERE, cause, message, fields);
    }

    /** Tells whether debug lines are written, for callers whose fields are costly to compute. */
    public boolean isDebug() {
        return logger.isLoggable(Level.FINE);
    }

    private void log(Level level, @Nullable Throwable cause, String message, @Nullable Object... fields) {
        if (!logger.isLoggable(level)) {
            return;
        }
        LogRecord entry = new LogRecord(level, message);
        entry.setLoggerName(logger.getName());
        entry.setParameters(fields);
        entry.setThrown(cause);
        logger.log(entry);
    }
}
