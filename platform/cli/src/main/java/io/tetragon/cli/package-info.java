// SPDX-License-Identifier: Apache-2.0
/** The {@code tetra} command line; runs from a plain class path. */
@NullMarked
package io.tetragon.cli;

import org.jspecify.annotations.NullMarked;
