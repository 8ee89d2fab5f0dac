// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.log.Log;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Writes events as JSON lines to the file of {@code --export-filename}. Immediate, because it serves nobody: it subscribes.
 *
 * <p>An empty name or a rate limit of zero switch the export off. Wrong flags and a file that cannot be opened fail the
 * activation, with one line that says why. Later failures of the file are survived: events are lost and counted in the
 * subscription's ledger until it can be written again.
 */
@Component(immediate = true, service = {})
public final class JsonExporter {
    private static final Log LOG = Log.of(JsonExporter.class);

    private @Nullable Output output;
    private @Nullable RotationTimer timer;
    private @Nullable Subscription subscription;

    /** Opens the file and subscribes. */
    @Activate
    public JsonExporter(@Reference EventBus bus, @Reference Settings settings, @Reference FilterParser filters)
            throws TetragonException {
        if (!ExportConfig.isWanted(settings)) {
            return;
        }
        try {
            start(bus, ExportConfig.of(settings, filters));
        } catch (TetragonException e) {
            // The component runtime shows a stack trace; this is the line for the user.
            LOG.error("cannot start the JSON export", "reason", e.getMessage());
            throw e;
        }
    }

    private void start(EventBus bus, ExportConfig config) throws TetragonException {
        Output opened = open(config);
        output = opened;
        try {
            subscription = bus.subscribe(config.request(), new JsonLines(opened));
        } catch (TetragonException | RuntimeException e) {
            opened.close();
            throw e;
        }
        if (opened instanceof RotatingFile file) {
            timer = new RotationTimer(file::rotate);
            rotation(config.rotation());
        }
        LOG.info("exporting events as JSON", "file", config.file());
    }

    /** Changes when the file rotates, from its next event on; an interval begins anew. Nothing to change for a pipe. */
    synchronized void rotation(RotationPolicy policy) {
        if (output instanceof RotatingFile file && timer != null) {
            file.policy(policy);
            timer.every(policy.interval());
        }
    }

    /** Delivers what is queued and closes the file. */
    @Deactivate
    public synchronized void close() {
        if (timer != null) {
            timer.close();
        }
        if (subscription != null) {
            subscription.close();
            subscription = null;
        }
    }

    private static Output open(ExportConfig config) throws TetragonException {
        Output standard = StreamOutput.standard(config.file());
        if (standard != null) {
            return standard;
        }
        try {
            ExportPath.Found found = ExportPath.find(config.file());
            Stat stat = found.stat();
            if (stat != null && stat.isFifo()) {
                return StreamOutput.fifo(found.path());
            }
            if (stat != null && stat.isCharacterDevice()) {
                return StreamOutput.device(found.path());
            }
            Backups backups = new Backups(found.path(), config.permissions(), config.compress());
            return new RotatingFile(config.file(), config.permissions(), config.rotation(), backups);
        } catch (IOException e) {
            throw new TetragonException(
                    Kind.FAILED_PRECONDITION,
                    "open the export file " + config.file(),
                    Trouble.reason(e),
                    "change --export-filename, or make the path writable for the agent",
                    e);
        }
    }
}
