// SPDX-License-Identifier: Apache-2.0
/** From the ring buffer to the listeners: the hot path. */
@NullMarked
package io.tetragon.core.internal.event;

import org.jspecify.annotations.NullMarked;
