// SPDX-License-Identifier: Apache-2.0
/**
 * A reader of BPF type information: the {@code .BTF} section of a compiled object, or the kernel's own
 * {@code /sys/kernel/btf/vmlinux}. Needs no native code. Input is not trusted: whatever the bytes are, the only
 * exception a method of this package throws about them is {@link io.tetragon.bpf.btf.BtfFormatException}.
 */
@Export
@NullMarked
@Version("1.1.0")
package io.tetragon.bpf.btf;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
