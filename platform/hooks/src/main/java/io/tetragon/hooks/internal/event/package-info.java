// SPDX-License-Identifier: Apache-2.0

/** The events of generic hooks: how their records are read, joined and written. */
@NullMarked
package io.tetragon.hooks.internal.event;

import org.jspecify.annotations.NullMarked;
