// SPDX-License-Identifier: Apache-2.0
/** Native calls, native memory and the reading of libbpf's answers. */
@NullMarked
package io.tetragon.bpf.internal;

import org.jspecify.annotations.NullMarked;
