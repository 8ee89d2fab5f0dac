// SPDX-License-Identifier: Apache-2.0
/** Commands, their flags and how failures reach the user. */
@NullMarked
package io.tetragon.cli.internal;

import org.jspecify.annotations.NullMarked;
