// SPDX-License-Identifier: Apache-2.0
/** Programs that outlive the agent: pinning them, and taking over from those of an earlier agent. */
@NullMarked
package io.tetragon.core.internal.pin;

import org.jspecify.annotations.NullMarked;
