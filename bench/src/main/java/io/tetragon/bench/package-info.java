// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of the hot path: ring, decode, enrich, encode, export. */
@NullMarked
package io.tetragon.bench;

import org.jspecify.annotations.NullMarked;
