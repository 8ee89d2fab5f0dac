// SPDX-License-Identifier: Apache-2.0
/** What the exec sensor must report, as a table: an action, and its events field by field. */
@NullMarked
package io.tetragon.it.exec;

import org.jspecify.annotations.NullMarked;
