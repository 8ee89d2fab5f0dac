// SPDX-License-Identifier: Apache-2.0
/** The process cache: lives of processes, encoded once, bounded in bytes. */
@NullMarked
package io.tetragon.core.internal.cache;

import org.jspecify.annotations.NullMarked;
