// SPDX-License-Identifier: Apache-2.0
/** The agent as a process: its start, its end, what it keeps count of. */
@NullMarked
package io.tetragon.it.agent;

import org.jspecify.annotations.NullMarked;
