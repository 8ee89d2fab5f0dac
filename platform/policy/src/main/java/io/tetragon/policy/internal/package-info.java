// SPDX-License-Identifier: Apache-2.0
/** What the readers of a policy share. */
@NullMarked
package io.tetragon.policy.internal;

import org.jspecify.annotations.NullMarked;
