// SPDX-License-Identifier: Apache-2.0
/** The sensor that reports the lives of processes. */
@NullMarked
package io.tetragon.sensor.exec.internal;

import org.jspecify.annotations.NullMarked;
