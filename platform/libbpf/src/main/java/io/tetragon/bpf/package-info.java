// SPDX-License-Identifier: Apache-2.0
/**
 * BPF objects, programs, maps, links and ring buffers through libbpf. Knows nothing of what the programs are for.
 *
 * <p>System properties, read on first use:
 * <ul>
 * <li>{@code io.tetragon.libbpf.path}: the folder of {@code libbpf.so.1}, or the library itself; without it the
 *     system's is used. Version 1.1 is the oldest that works.
 * <li>{@code jffi.boot.library.path}: a folder with jffi's stub, {@code libjffi-1.2.so}. Without it the stub is
 *     extracted to {@code java.io.tmpdir} at every start, which fails where that is mounted {@code noexec}.
 * <li>{@code jffi.extract.dir}: where else to extract the stub to.
 * </ul>
 *
 * <p>Messages of libbpf go to the logger {@code io.tetragon.bpf.libbpf}: what is not part of an exception as warnings,
 * verifier logs as FINE.
 */
@Export
@NullMarked
@Version("1.0.0")
package io.tetragon.bpf;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
