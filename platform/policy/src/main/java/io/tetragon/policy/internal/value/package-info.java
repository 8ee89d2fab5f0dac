// SPDX-License-Identifier: Apache-2.0
/** The values of filters: which operator goes with which type, and how each value is written. */
@NullMarked
package io.tetragon.policy.internal.value;

import org.jspecify.annotations.NullMarked;
