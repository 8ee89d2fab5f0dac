// SPDX-License-Identifier: Apache-2.0
/** Writing and rewriting the text of policies, without asking an agent. */
@NullMarked
package io.tetragon.cli.internal.policy;

import org.jspecify.annotations.NullMarked;
