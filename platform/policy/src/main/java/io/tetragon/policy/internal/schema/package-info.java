// SPDX-License-Identifier: Apache-2.0
/** The fields of a policy, declared once, and the reader that holds a document against them. */
@NullMarked
package io.tetragon.policy.internal.schema;

import org.jspecify.annotations.NullMarked;
