// SPDX-License-Identifier: Apache-2.0
/** Writes events as JSON lines to a file that rotates, or to a pipe or device. */
@NullMarked
package io.tetragon.exporter.json.internal;

import org.jspecify.annotations.NullMarked;
