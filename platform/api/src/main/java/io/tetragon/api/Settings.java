// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api;

import java.time.Duration;
import java.util.List;

/**
 * The agent's flags after all their sources were merged; values were checked at start, so no accessor fails for a known
 * flag. Immutable and safe for use by any thread.
 *
 * <p>Asking for a flag that does not exist is a defect of the caller and throws {@link IllegalArgumentException}.
 */
public interface Settings {
    /** Returns the text of a flag. */
    String string(String flag);

    /** Returns a boolean flag. */
    boolean bool(String flag);

    /** Returns an integer flag. */
    long number(String flag);

    /** Returns a size in bytes; the user may have written {@code K}, {@code M} or {@code G} behind the number. */
    long size(String flag);

    /** Returns a duration flag. */
    Duration duration(String flag);

    /** Returns a limit of events. Settings that know of none, such as a test's, need not implement it. */
    default EventRate rate(String flag) {
        return EventRate.NONE;
    }

    /** Returns a comma-separated list flag, empty elements left out. */
    List<String> list(String flag);
}
