// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.logging;

import io.tetragon.api.TetragonException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The log of the process: takes over {@code java.util.logging}, so that the agent's own loggers and those of every library
 * write the same kind of line to standard error and, if wanted, to a file. Safe for use by any thread.
 */
public final class Logging {
    private static final String OWN = "io.tetragon";

    /** Keeps java.util.logging from reading its file of defaults, which is replaced anyway and costs start-up time. */
    public static final class NoDefaults {}

    /** Keeps the log until the very end: the platform's manager removes every handler as soon as the JVM shuts down. */
    public static final class LastingManager extends LogManager {
        @Override
        public void reset() {
            // Handlers stay.
        }
    }

    static {
        // Before any handler or logger is made.
        System.setProperty("java.util.logging.manager", LastingManager.class.getName());
        System.setProperty("java.util.logging.config.class", NoDefaults.class.getName());
    }

    private final Logger libraries;
    private final Logger own;
    private final LineHandler handler = new LineHandler();
    private volatile LogLevel level;

    private Logging(LogLevel level) {
        libraries = Logger.getLogger("");
        own = Logger.getLogger(OWN);
        for (Handler other : libraries.getHandlers()) {
            libraries.removeHandler(other);
        }
        libraries.addHandler(handler);
        this.level = level;
        level(level);
    }

    /**
     * Takes over logging. Lines are held until {@link #release} or {@link #discard}: how to write them stands in the very
     * configuration whose reading may log.
     */
    public static Logging start() {
        return new Logging(LogLevel.INFO);
    }

    /** Writes what was held, and everything from now on. */
    public void release() {
        handler.release();
    }

    /** Forgets what was held. */
    public void discard() {
        handler.discard();
    }

    /** Writes JSON from now on. */
    public void json() {
        handler.format = LineFormat.JSON;
    }

    /**
     * Writes to a file as well, behind what it holds already.
     *
     * @throws TetragonException if it cannot be opened
     */
    public void file(Path file) throws TetragonException {
        try {
            FileChannel channel = FileChannel.open(file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            handler.add(Channels.newOutputStream(channel));
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "--log-file " + file,
                    e.getClass().getSimpleName(), "name a file in a directory that exists and is writable", e);
        }
    }

    /** Returns the current level. */
    public LogLevel level() {
        return level;
    }

    /** Changes the level; holds for every logger at once. */
    public void level(LogLevel wanted) {
        level = wanted;
        libraries.setLevel(wanted.libraries());
        own.setLevel(wanted.own());
        handler.stackTraces = wanted.compareTo(LogLevel.DEBUG) <= 0;
    }

    private static boolean isOwn(LogRecord entry) {
        String name = entry.getLoggerName();
        return name != null && name.startsWith(OWN);
    }

    private static final class LineHandler extends Handler {
        private final List<OutputStream> outputs = new ArrayList<>();
        private final List<LogRecord> held = new ArrayList<>();
        private boolean holding = true;
        private volatile LineFormat format = LineFormat.TEXT;
        private volatile boolean stackTraces;

        LineHandler() {
            // Not System.err: a library that replaces or closes it must not silence the log.
            outputs.add(new FileOutputStream(FileDescriptor.err));
        }

        synchronized void add(OutputStream output) {
            outputs.add(output);
        }

        synchronized void release() {
            holding = false;
            held.forEach(this::publish);
            held.clear();
        }

        synchronized void discard() {
            held.clear();
        }

        @Override
        public void publish(LogRecord entry) {
            if (isHeld(entry)) {
                return;
            }
            String line = format.line(entry, isOwn(entry), stackTraces) + '\n';
            write(line.getBytes(StandardCharsets.UTF_8));
        }

        private synchronized boolean isHeld(LogRecord entry) {
            return holding && held.add(entry);
        }

        private synchronized void write(byte[] line) {
            for (OutputStream output : outputs) {
                try {
                    output.write(line);
                } catch (IOException e) {
                    // A full disk or a closed pipe behind the log can be told nowhere; the other output may still work.
                    continue;
                }
            }
        }

        @Override
        public void flush() {
            // Each line is written through.
        }

        @Override
        public synchronized void close() {
            for (int i = 1; i < outputs.size(); i++) {
                try {
                    outputs.get(i).close();
                } catch (IOException e) {
                    // Every line was written through: nothing is lost.
                    continue;
                }
            }
        }
    }
}
