// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.api.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Flags that are off or empty, except for some. */
record BenchSettings(Map<String, Object> flags) implements Settings {
    @Override
    public String string(String flag) {
        return flags.get(flag) instanceof String text ? text : "";
    }

    @Override
    public boolean bool(String flag) {
        return flags.get(flag) instanceof Boolean on && on;
    }

    @Override
    public long number(String flag) {
        return flags.get(flag) instanceof Long number ? number : 0;
    }

    @Override
    public long size(String flag) {
        return number(flag);
    }

    @Override
    public Duration duration(String flag) {
        return Duration.ZERO;
    }

    @Override
    public List<String> list(String flag) {
        return List.of();
    }
}
