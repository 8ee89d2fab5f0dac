// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Where the framework logs to; it calls {@link #log} by reflection, hence public. */
public final class FrameworkLog {
    private static final Logger LOG = Logger.getLogger("org.apache.felix.framework");

    FrameworkLog() {}

    /**
     * Writes a message of the framework.
     *
     * @param level of the OSGi log service: 1 is an error, 4 is debug
     */
    public void log(int level, String message, @Nullable Throwable cause) {
        // What the framework calls an error is one of a bundle, and shown as such by whoever asked for it.
        Level mapped = switch (level) {
            case 1 -> Level.INFO;
            case 2 -> Level.FINE;
            default -> Level.FINER;
        };
        LOG.log(mapped, message, cause);
    }
}
