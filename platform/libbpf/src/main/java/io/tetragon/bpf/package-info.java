// SPDX-License-Identifier: Apache-2.0
/** libbpf and the ring buffer: objects, programs, maps, links and records. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.bpf;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
