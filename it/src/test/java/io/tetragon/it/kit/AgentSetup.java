// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.util.ArrayList;
import java.util.List;

/** With which flags an agent runs, beside the folders and addresses that every test agent gets. */
public record AgentSetup(List<String> flags) {
    /** As installed. */
    public static final AgentSetup DEFAULTS = new AgentSetup(List.of());

    /** Everything switched on that adds fields to the events of processes. */
    public static final AgentSetup EVERYTHING = new AgentSetup(List.of(
            "--enable-process-cred",
            "--enable-process-ns",
            "--enable-process-environment-variables",
            "--enable-ancestors",
            "base",
            "--username-metadata",
            "unix"));

    public AgentSetup {
        flags = List.copyOf(flags);
    }

    /** This setup and more flags. */
    public AgentSetup with(String... more) {
        List<String> all = new ArrayList<>(flags);
        all.addAll(List.of(more));
        return new AgentSetup(all);
    }
}
