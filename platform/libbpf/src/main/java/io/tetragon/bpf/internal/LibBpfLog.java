// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure;
import com.kenai.jffi.ClosureManager;
import com.kenai.jffi.Type;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Where libbpf's messages go: to a logger, never to standard error. What libbpf says during a call that may fail is
 * collected for the exception instead, and logged at FINE only.
 */
final class LibBpfLog {
    static final Logger LOGGER = Logger.getLogger("io.tetragon.bpf.libbpf");

    private static final int WARN = 0;
    private static final int INFO = 1;
    private static final int MAX_CAPTURE = 4 << 20;

    private final ThreadLocal<@Nullable StringBuilder> capture = new ThreadLocal<>();
    private final NativeFunction vasprintf = Libc.function("vasprintf");
    private final NativeFunction free = Libc.function("free");
    /** libbpf keeps the address only; without this reference the callback would be collected and its code freed. */
    private final Closure.Handle handle;

    private LibBpfLog() {
        handle = ClosureManager.getInstance().newClosure(this::print, Type.SINT32,
                new Type[] {Type.SINT32, Type.POINTER, Type.POINTER}, CallingConvention.DEFAULT);
        handle.setAutoRelease(false);
    }

    static LibBpfLog install(NativeFunction setPrint) {
        LibBpfLog log = new LibBpfLog();
        setPrint.call(log.handle.getAddress());
        return log;
    }

    /** Starts to collect this thread's messages. */
    @Nullable StringBuilder beginCapture() {
        StringBuilder outer = capture.get();
        capture.set(new StringBuilder());
        return outer;
    }

    void endCapture(@Nullable StringBuilder outer) {
        if (outer == null) {
            capture.remove();
        } else {
            capture.set(outer);
        }
    }

    String captured() {
        StringBuilder text = capture.get();
        return text == null ? "" : text.toString();
    }

    private void print(Closure.Buffer call) {
        call.setIntReturn(0);
        try {
            int severity = call.getInt(0);
            StringBuilder collector = capture.get();
            boolean collect = collector != null && severity == WARN && collector.length() < MAX_CAPTURE;
            Level level = collect ? Level.FINE : level(severity);
            boolean log = LOGGER.isLoggable(level);
            if (!collect && !log) {
                return;
            }
            String message = format(call.getAddress(1), call.getAddress(2));
            if (collect) {
                collector.append(message);
            }
            if (log) {
                LOGGER.log(level, message.strip());
            }
        } catch (RuntimeException e) {
            // must not unwind into libbpf's C frames
            LOGGER.log(Level.WARNING, "a message of libbpf was lost: {0}", e.toString());
        }
    }

    private static Level level(int severity) {
        return switch (severity) {
            case WARN -> Level.WARNING;
            case INFO -> Level.INFO;
            default -> Level.FINER;
        };
    }

    /** A va_list is passed as a pointer on x86-64 and arm64; vasprintf allocates what a whole verifier log needs. */
    private String format(long format, long arguments) {
        try (Scratch scratch = new Scratch()) {
            long result = scratch.zeroed(8);
            if ((int) vasprintf.call(result, format, arguments) < 0) {
                return Scratch.readString(format);
            }
            long text = Scratch.MEMORY.getLong(result);
            try {
                return Scratch.readString(text);
            } finally {
                free.call(text);
            }
        }
    }
}
