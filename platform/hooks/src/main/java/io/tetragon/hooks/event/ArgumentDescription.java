// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.event;

import io.tetragon.policy.model.ArgumentType;

/**
 * An argument of a hook as its events show it. Immutable.
 *
 * @param slot where the records carry it
 * @param type decides its field in the event; {@link ArgumentType#AUTO} must be deduced before
 * @param label the policy's label, empty for none
 * @param data whether it is shown among the event's {@code data}, not its {@code args}
 * @param atReturn whether the second half of the event carries it
 */
public record ArgumentDescription(int slot, ArgumentType type, String label, boolean data, boolean atReturn) {}
