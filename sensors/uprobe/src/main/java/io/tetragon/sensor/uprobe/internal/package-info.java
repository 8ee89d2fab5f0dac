// SPDX-License-Identifier: Apache-2.0

/** Hooks on functions and static probes of programs and libraries. */
@NullMarked
package io.tetragon.sensor.uprobe.internal;

import org.jspecify.annotations.NullMarked;
