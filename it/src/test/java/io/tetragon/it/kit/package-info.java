// SPDX-License-Identifier: Apache-2.0
/** What the tests are written with: a running agent, its events, and what is expected of them. */
@NullMarked
package io.tetragon.it.kit;

import org.jspecify.annotations.NullMarked;
