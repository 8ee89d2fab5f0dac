// SPDX-License-Identifier: Apache-2.0

/** The actions that the agent does itself: fetching URLs and looking up names. */
@NullMarked
package io.tetragon.hooks.internal.action;

import org.jspecify.annotations.NullMarked;
