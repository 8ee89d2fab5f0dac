// SPDX-License-Identifier: Apache-2.0
/** The agent's flags: their table, their sources and the order in which one source overrides another. */
@NullMarked
package io.tetragon.launcher.config;

import org.jspecify.annotations.NullMarked;
