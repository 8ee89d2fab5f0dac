// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import java.util.Set;

/** What each kind of hook can do. */
enum HookKind {
    KPROBE("a kprobe", Limits.REGISTER_PARAMETERS, Set.of("Post", "NoPost", "Sigkill", "Signal", "Override", "GetUrl",
            "DnsLookup", "TrackSock", "UntrackSock", "NotifyEnforcer", "CleanupEnforcerNotification")),
    FENTRY("an fentry", Limits.TYPED_PARAMETERS,
            Set.of("Post", "NoPost", "GetUrl", "DnsLookup", "TrackSock", "UntrackSock")),
    TRACEPOINT("a tracepoint", Integer.MAX_VALUE, Set.of("Post", "NoPost", "Sigkill", "Signal", "GetUrl", "DnsLookup",
            "NotifyEnforcer", "CleanupEnforcerNotification")),
    RAW_TRACEPOINT("a raw tracepoint", Limits.CONTEXT_PARAMETERS, TRACEPOINT.actions),
    UPROBE("a uprobe", Limits.REGISTER_PARAMETERS, Set.of("Post", "NoPost", "Sigkill", "Signal", "Override")),
    USDT("a USDT probe", Limits.TYPED_PARAMETERS, Set.of("Post", "NoPost", "Sigkill", "Signal", "Set")),
    LSM("an LSM hook", Limits.CONTEXT_PARAMETERS, Set.of("Post", "NoPost", "Sigkill", "Signal", "Override"));

    private final String title;
    private final int parameters;
    private final Set<String> actions;

    HookKind(String title, int parameters, Set<String> actions) {
        this.title = title;
        this.parameters = parameters;
        this.actions = actions;
    }

    /** What it is called in an error. */
    String title() {
        return title;
    }

    /** How many parameters it can read. */
    int parameters() {
        return parameters;
    }

    /** The words of the actions it can take. */
    Set<String> actions() {
        return actions;
    }

    boolean tracepoint() {
        return this == TRACEPOINT || this == RAW_TRACEPOINT;
    }

    /** Whether the types of its arguments are found without the policy. */
    boolean typed() {
        return tracepoint() || this == USDT;
    }

    /** Whether its events have room for stack traces. */
    boolean stackTraces() {
        return this == KPROBE || this == FENTRY;
    }

    /** Whether it can wait for a function's return. */
    boolean returns() {
        return this == KPROBE || this == FENTRY || this == UPROBE;
    }
}
