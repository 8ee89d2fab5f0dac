// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.proto.LogLevel;

/** The agent's log level, as clients read and switch it. Safe for use by any thread. */
public interface LogControl {
    /** Returns the level in force. */
    LogLevel level();

    /** Switches the level, from the next line on. */
    void level(LogLevel level);
}
