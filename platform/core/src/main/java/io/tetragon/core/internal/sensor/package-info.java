// SPDX-License-Identifier: Apache-2.0
/** Loading, attaching and detaching what sensors plan. */
@NullMarked
package io.tetragon.core.internal.sensor;

import org.jspecify.annotations.NullMarked;
