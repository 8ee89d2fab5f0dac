// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import io.tetragon.cli.internal.CliException;
import io.tetragon.proto.GetEventsResponse;
import java.io.IOException;

/** Takes events one after the other; called by one thread at a time. */
@FunctionalInterface
public interface EventSink {
    /**
     * @throws CliException if the event has no place in the chosen output, which ends the stream
     * @throws IOException if the output is gone, which ends the stream too
     */
    void accept(GetEventsResponse event) throws CliException, IOException;
}
