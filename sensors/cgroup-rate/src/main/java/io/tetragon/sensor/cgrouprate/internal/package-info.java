// SPDX-License-Identifier: Apache-2.0

/** The rate of base events by cgroup. */
@NullMarked
package io.tetragon.sensor.cgrouprate.internal;

import org.jspecify.annotations.NullMarked;
