// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The flags that the core reads, with a ring of a given size and the policy filter on or off. */
public record TestSettings(long ringBytes, boolean policyFilter) implements Settings {
    private static final Map<String, String> TEXTS = Map.of("procfs", "/proc", "username-metadata", "disabled",
            "bpf-dir", "tetragon-test-" + ProcessHandle.current().pid());
    private static final Map<String, Long> NUMBERS = Map.of("process-cache-size", 65536L, "event-cache-retry-delay", 2L,
            "event-cache-retries", 15L, "execve-map-entries", 1024L);

    public TestSettings(long ringBytes) {
        this(ringBytes, false);
    }

    @Override
    public String string(String flag) {
        return TEXTS.getOrDefault(flag, "");
    }

    @Override
    public boolean bool(String flag) {
        return policyFilter && flag.startsWith("enable-policy-filter");
    }

    @Override
    public long number(String flag) {
        return NUMBERS.getOrDefault(flag, 0L);
    }

    @Override
    public long size(String flag) {
        return flag.equals("rb-size-total") ? ringBytes : 0;
    }

    @Override
    public Duration duration(String flag) {
        return Duration.ofSeconds(30);
    }

    @Override
    public List<String> list(String flag) {
        return List.of();
    }
}
