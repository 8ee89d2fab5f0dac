// SPDX-License-Identifier: Apache-2.0
/** A sensor that fails on demand. */
@NullMarked
package org.example.sensor.faulty.internal;

import org.jspecify.annotations.NullMarked;
