// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a policy, defaults filled in.
 *
 * @param overrideMethod null when the agent chooses
 * @param mode null when the agent's own holds
 * @param sleepablePreloadSize bytes; 0 when the agent chooses
 * @param loaderScan whether what processes have loaded already is reported, too
 * @param written every option as it stands, unknown ones included
 */
public record PolicyOptions(
        boolean disableKprobeMulti,
        boolean disableUprobeMulti,
        @Nullable OverrideMethod overrideMethod,
        @Nullable Mode mode,
        int sleepablePreloadSize,
        boolean loaderScan,
        List<OptionSpec> written) {
    public PolicyOptions {
        written = List.copyOf(written);
    }

    /** How Override replaces a result. */
    public enum OverrideMethod {
        FMOD_RET,
        OVERRIDE_RETURN
    }

    /** Whether enforcing actions are taken. */
    public enum Mode {
        ENFORCE,
        MONITOR
    }

    /** One option as written; {@code value} may be empty. */
    public record OptionSpec(Position at, String name, String value) {}
}
