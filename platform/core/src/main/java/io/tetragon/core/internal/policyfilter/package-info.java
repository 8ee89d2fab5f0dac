// SPDX-License-Identifier: Apache-2.0
/** Policies for some processes only, by where these run. */
@NullMarked
package io.tetragon.core.internal.policyfilter;

import org.jspecify.annotations.NullMarked;
