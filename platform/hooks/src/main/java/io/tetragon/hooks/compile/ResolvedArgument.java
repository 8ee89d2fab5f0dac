// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ArgumentType;

/**
 * An argument of a compiled hook.
 *
 * @param slot its number in records
 * @param type what it is, AUTO replaced by what it was found to be
 * @param data from {@code data}, not {@code args}
 * @param atReturn whether it is read when the function returns
 */
public record ResolvedArgument(int slot, Argument argument, ArgumentType type, boolean data, boolean atReturn) {}
