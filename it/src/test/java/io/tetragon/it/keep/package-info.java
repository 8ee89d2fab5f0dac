// SPDX-License-Identifier: Apache-2.0
/** What outlives the agent, and what a killed agent leaves. */
@NullMarked
package io.tetragon.it.keep;

import org.jspecify.annotations.NullMarked;
