// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/**
 * A register that a uprobe's Override sets: {@code reg=5}, {@code reg=%src}, {@code reg=8%src}, {@code reg=(%src)} or
 * {@code reg=8(%src)}.
 *
 * @param target the register to set
 * @param source the register it is computed from; empty for a constant
 * @param offset the constant, or what is added to the source
 * @param dereference whether the value is read from memory at the sum
 */
public record RegisterAssignment(String written, String target, String source, long offset, boolean dereference) {}
