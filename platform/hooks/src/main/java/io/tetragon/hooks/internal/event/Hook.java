// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.hooks.event.ArgumentDescription;
import io.tetragon.hooks.event.HookDescription;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.ArgumentType;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A hook's description, laid out for those who decode and write its events. Immutable. */
final class Hook {
    private static final ArgumentDescription[] NO_ARGUMENTS = {};

    final int number;
    final EventForm form;
    final String policyName;
    final String message;
    final String[] tags;
    /** What is shown as {@code args} and as {@code data}. */
    final ArgumentDescription[] arguments;
    final ArgumentDescription[] data;
    final @Nullable ArgumentDescription returnArgument;
    final boolean returns;
    /** By selector: what the agent itself does for the events that it posts. */
    private final List<List<Action>> actions;

    /** @param withAddresses whether stacks show addresses */
    Hook(HookDescription d, boolean withAddresses) {
        number = d.hook();
        form = EventForm.of(d.event(), withAddresses);
        policyName = d.policyName();
        message = d.message();
        tags = d.tags().toArray(String[]::new);
        arguments = shown(d.arguments(), a -> !a.data());
        data = shown(d.arguments(), ArgumentDescription::data);
        ArgumentDescription returned = d.returnArgument();
        returnArgument = returned == null || returned.type() == ArgumentType.NOP ? null : returned;
        returns = d.returns();
        actions = d.urlsAndNames();
    }

    boolean hasActions() {
        return !actions.isEmpty();
    }

    List<Action> actions(int selector) {
        return selector < actions.size() ? actions.get(selector) : List.of();
    }

    private static ArgumentDescription[] shown(List<ArgumentDescription> all, Predicate<ArgumentDescription> which) {
        List<ArgumentDescription> found =
                all.stream().filter(a -> a.type() != ArgumentType.NOP).filter(which).toList();
        return found.isEmpty() ? NO_ARGUMENTS : found.toArray(ArgumentDescription[]::new);
    }
}
