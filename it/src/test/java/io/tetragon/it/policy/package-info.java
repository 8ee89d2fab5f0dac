// SPDX-License-Identifier: Apache-2.0
/** Policies: what they match, report and do, and how they come and go. */
@NullMarked
package io.tetragon.it.policy;

import org.jspecify.annotations.NullMarked;
