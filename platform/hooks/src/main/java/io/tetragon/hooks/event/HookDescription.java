// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.event;

import io.tetragon.policy.model.Action;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the events of a hook say besides what travels. Immutable.
 *
 * @param hook the hook's number, from {@link GenericDecoder#nextHook}
 * @param message the policy's message, empty for none
 * @param arguments {@code args} and {@code data} in the policy's order
 * @param returnArgument the returned value, null where it is not asked for
 * @param returns whether events come in two halves
 * @param urlsAndNames for each selector the actions that the agent does itself: GetUrl and DnsLookup; the list may be shorter
 *     than the selectors are many
 */
public record HookDescription(
        int hook,
        HookEvent event,
        String policyName,
        String message,
        List<String> tags,
        List<ArgumentDescription> arguments,
        @Nullable ArgumentDescription returnArgument,
        boolean returns,
        List<List<Action>> urlsAndNames) {
    public HookDescription {
        tags = List.copyOf(tags);
        arguments = List.copyOf(arguments);
        urlsAndNames = urlsAndNames.stream().map(List::copyOf).toList();
    }
}
