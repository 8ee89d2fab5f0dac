// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.logging;

import io.tetragon.grpc.LogControl;
import io.tetragon.proto.LogLevel;

/** Lets clients of the gRPC API switch the agent's log. The API numbers the levels the other way round. */
public final class ClientLogControl implements LogControl {
    private static final io.tetragon.launcher.logging.LogLevel[] OURS = io.tetragon.launcher.logging.LogLevel.values();

    private final Logging logging;

    /** @param logging the agent's log */
    public ClientLogControl(Logging logging) {
        this.logging = logging;
    }

    @Override
    public LogLevel level() {
        return LogLevel.forNumber(OURS.length - 1 - logging.level().ordinal());
    }

    @Override
    public void level(LogLevel level) {
        logging.level(OURS[OURS.length - 1 - level.getNumber()]);
    }
}
