// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

import io.tetragon.api.event.Event;
import java.io.IOException;

/**
 * Receives the events of one subscription on a thread of its own. It may block: what does not fit into its queue meanwhile
 * is its own loss, counted in its ledger.
 */
public interface EventListener {
    /**
     * Takes one event.
     *
     * @throws IOException if the event could not be delivered; it is counted as lost and the next one is tried
     */
    void event(Event event) throws IOException;

    /**
     * Called behind the last event that is queued at the moment: the time to write out what was buffered.
     *
     * @return events accepted by {@link #event} since the last flush that could not be delivered after all
     * @throws IOException if nothing since the last flush was delivered
     */
    default int flush() throws IOException {
        return 0;
    }

    /** Called once, behind the last event and flush. */
    default void closed() {}
}
