// SPDX-License-Identifier: Apache-2.0
/** Reading, filtering and printing events. */
@NullMarked
package io.tetragon.cli.internal.events;

import org.jspecify.annotations.NullMarked;
