// SPDX-License-Identifier: Apache-2.0

/** Hooks of the kernel's security modules. */
@NullMarked
package io.tetragon.sensor.lsm.internal;

import org.jspecify.annotations.NullMarked;
