// SPDX-License-Identifier: Apache-2.0
/** The agent's log: one handler for every logger of the process, as text or JSON. */
@NullMarked
package io.tetragon.launcher.logging;

import org.jspecify.annotations.NullMarked;
