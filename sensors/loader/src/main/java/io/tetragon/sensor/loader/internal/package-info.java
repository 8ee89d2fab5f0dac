// SPDX-License-Identifier: Apache-2.0
/** The sensor that reports binaries and libraries as processes load them. */
@NullMarked
package io.tetragon.sensor.loader.internal;

import org.jspecify.annotations.NullMarked;
