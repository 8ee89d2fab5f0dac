// SPDX-License-Identifier: Apache-2.0

/** How hooks are compiled: types, arguments, filters and actions, each in classes of its own. */
@NullMarked
package io.tetragon.hooks.internal.compile;

import org.jspecify.annotations.NullMarked;
