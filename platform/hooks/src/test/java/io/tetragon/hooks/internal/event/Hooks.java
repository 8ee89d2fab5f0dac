// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.hooks.event.ArgumentDescription;
import io.tetragon.hooks.event.HookDescription;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.ArgumentType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds descriptions of hooks. */
final class Hooks {
    private final HookEvent event;
    private final List<ArgumentDescription> arguments = new ArrayList<>();
    private List<List<Action>> actions = List.of();
    private @Nullable ArgumentDescription returned;
    private boolean returns;
    private String policy = "policy";
    private String message = "";
    private List<String> tags = List.of();

    private Hooks(HookEvent event) {
        this.event = event;
    }

    static Hooks kprobe(String function) {
        return new Hooks(new HookEvent.Kprobe(attachment -> function));
    }

    static Hooks of(HookEvent event) {
        return new Hooks(event);
    }

    /** With arguments in the slots from 0 on. */
    Hooks with(ArgumentType... types) {
        for (ArgumentType type : types) {
            argument(type, "", false, false);
        }
        return this;
    }

    Hooks argument(ArgumentType type, String label, boolean data, boolean atReturn) {
        arguments.add(new ArgumentDescription(arguments.size(), type, label, data, atReturn));
        return this;
    }

    Hooks returning(ArgumentType type) {
        returned = new ArgumentDescription(5, type, "", false, true);
        returns = true;
        return this;
    }

    Hooks returning() {
        returns = true;
        return this;
    }

    Hooks actions(List<List<Action>> bySelector) {
        actions = bySelector;
        return this;
    }

    Hooks policy(String name, String says, List<String> tagged) {
        policy = name;
        message = says;
        tags = tagged;
        return this;
    }

    HookDescription as(int number) {
        return new HookDescription(number, event, policy, message, tags, arguments, returned, returns, actions);
    }
}
