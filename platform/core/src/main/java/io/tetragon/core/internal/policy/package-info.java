// SPDX-License-Identifier: Apache-2.0
/** Loading and unloading tracing policies. */
@NullMarked
package io.tetragon.core.internal.policy;

import org.jspecify.annotations.NullMarked;
