// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api;

import java.time.Duration;

/**
 * A limit of events in any interval of one length.
 *
 * @param events how many may pass; 0 where there is no limit
 * @param interval the length, above zero where there is a limit
 */
public record EventRate(long events, Duration interval) {
    /** No limit. */
    public static final EventRate NONE = new EventRate(0, Duration.ZERO);

    /** Tells whether this is a limit at all. */
    public boolean isLimit() {
        return events > 0;
    }
}
