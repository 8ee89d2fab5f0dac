// SPDX-License-Identifier: Apache-2.0
/** The tests without Maven, for a guest that has only a JVM and the class path. */
@NullMarked
package io.tetragon.it.lane;

import org.jspecify.annotations.NullMarked;
