// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.log.Log;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Logs when writing begins to fail and when it works again, however many events are lost between. On a disk that is nearly
 * full short lines still fit where long ones do not: a trouble is over only when nothing failed for a while. Used by one
 * thread at a time.
 */
final class Trouble {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Log log;
    private final Path path;
    private final long quietNanos;
    private boolean open;
    private String lastReason = "";
    private long lastFailure;
    private long lost;

    Trouble(Log log, Path path) {
        this(log, path, QUIET_NANOS);
    }

    Trouble(Log log, Path path, long quietNanos) {
        this.log = log;
        this.path = path;
        this.quietNanos = quietNanos;
    }

    /** Notes a failed write. */
    void failed(IOException cause, int events) {
        lastFailure = System.nanoTime();
        lost += events;
        lastReason = reason(cause);
        if (!open) {
            open = true;
            log.warn("cannot write exported events, they are lost until this is mended", "file", path, "reason", lastReason);
        }
    }

    /** Notes a write that worked. */
    void worked() {
        if (open && System.nanoTime() - lastFailure >= quietNanos) {
            log.info("exported events are written again", "file", path, "lost", lost);
            open = false;
            lost = 0;
        }
    }

    /** Notes that nothing more will be written. */
    void ended(@Nullable String more) {
        if (open || more != null) {
            log.warn("export ended with events lost", "file", path, "lost", lost, "reason", more == null ? lastReason : more);
        }
        open = false;
    }

    /** Returns the reason of a failure without the path, which the log line has already. */
    static String reason(IOException cause) {
        if (cause instanceof FileSystemException system) {
            String reason = system.getReason();
            return reason == null ? system.getClass().getSimpleName() : reason;
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
