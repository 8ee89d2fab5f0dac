// SPDX-License-Identifier: Apache-2.0
/** What commands find in the kernel of this machine, without asking an agent. */
@NullMarked
package io.tetragon.cli.internal.kernel;

import org.jspecify.annotations.NullMarked;
