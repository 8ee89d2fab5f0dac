// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.TetragonException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one source says, as text by flag name.
 *
 * @param name where it comes from, for messages
 * @param values text by flag name
 */
record Source(String name, Map<String, String> values) {
    Source {
        values = new LinkedHashMap<>(values);
    }

    /** Returns the exception for a value that this source should not have. */
    static TetragonException invalid(String what, String why) {
        return new TetragonException(
                TetragonException.Kind.INVALID_ARGUMENT, what, why, "tetragon --help lists the flags");
    }
}
