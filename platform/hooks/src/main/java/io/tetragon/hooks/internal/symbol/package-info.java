// SPDX-License-Identifier: Apache-2.0

/** From addresses in the kernel and in processes to names. */
@NullMarked
package io.tetragon.hooks.internal.symbol;

import org.jspecify.annotations.NullMarked;
