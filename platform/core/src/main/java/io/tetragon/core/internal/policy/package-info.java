// SPDX-License-Identifier: Apache-2.0
/** What policies need of the platform. */
@NullMarked
package io.tetragon.core.internal.policy;

import org.jspecify.annotations.NullMarked;
