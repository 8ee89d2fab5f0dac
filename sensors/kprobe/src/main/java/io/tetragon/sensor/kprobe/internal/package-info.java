// SPDX-License-Identifier: Apache-2.0

/** Hooks on kernel functions and system calls. */
@NullMarked
package io.tetragon.sensor.kprobe.internal;

import org.jspecify.annotations.NullMarked;
