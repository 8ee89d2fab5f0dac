// SPDX-License-Identifier: Apache-2.0

/** Hooks on tracepoints. */
@NullMarked
package io.tetragon.sensor.tracepoint.internal;

import org.jspecify.annotations.NullMarked;
