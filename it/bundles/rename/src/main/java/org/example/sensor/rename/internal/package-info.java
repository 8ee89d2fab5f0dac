// SPDX-License-Identifier: Apache-2.0
/** A sensor as a third party would write it. */
@NullMarked
package org.example.sensor.rename.internal;

import org.jspecify.annotations.NullMarked;
