// SPDX-License-Identifier: Apache-2.0
/** Recordings of what the reference agent printed, played again under ours and compared event by event. */
@NullMarked
package io.tetragon.it.golden;

import org.jspecify.annotations.NullMarked;
