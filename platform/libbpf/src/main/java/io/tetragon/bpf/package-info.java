// SPDX-License-Identifier: Apache-2.0
/**
 * BPF objects, programs, maps, links and ring buffers through libbpf. Knows nothing of what the programs are for.
 */
@NullMarked
@Version("1.0.0")
package io.tetragon.bpf;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
