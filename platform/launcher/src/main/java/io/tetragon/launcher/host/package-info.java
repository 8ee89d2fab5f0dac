// SPDX-License-Identifier: Apache-2.0
/** What the agent has of the machine it runs on: its folders, its files, its rights, its class-data archive. */
@NullMarked
package io.tetragon.launcher.host;

import org.jspecify.annotations.NullMarked;
