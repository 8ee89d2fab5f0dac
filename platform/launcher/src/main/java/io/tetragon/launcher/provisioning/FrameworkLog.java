// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Where the framework logs to. */
final class FrameworkLog extends org.apache.felix.framework.Logger {
    private static final Logger LOG = Logger.getLogger("org.apache.felix.framework");

    FrameworkLog() {
        setLogLevel(LOG_WARNING);
    }

    @Override
    protected void doLog(int level, String message, @Nullable Throwable cause) {
        // What the framework calls an error is one of a bundle, and shown as such by whoever asked for the operation.
        LOG.log(level == LOG_ERROR ? Level.INFO : Level.FINE, message, cause);
    }
}
