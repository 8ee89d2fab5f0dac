// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import org.jspecify.annotations.Nullable;

/** A failure the user can act on. The message is one line: what, why, remedy. */
public final class CliException extends Exception {
    private static final long serialVersionUID = 1L;

    public CliException(String message) {
        super(message);
    }

    public CliException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
