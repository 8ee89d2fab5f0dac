// SPDX-License-Identifier: Apache-2.0
/** YAML as a bounded tree that knows the place of each node. */
@NullMarked
package io.tetragon.policy.internal.yaml;

import org.jspecify.annotations.NullMarked;
