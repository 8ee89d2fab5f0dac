// SPDX-License-Identifier: Apache-2.0
/** The agent's main program: puts the parts together, starts and ends them. */
@NullMarked
package io.tetragon.launcher;

import org.jspecify.annotations.NullMarked;
