// SPDX-License-Identifier: Apache-2.0
/** From fields of the right shape to the model, with the rules that go beyond the shape. */
@NullMarked
package io.tetragon.policy.internal.read;

import org.jspecify.annotations.NullMarked;
