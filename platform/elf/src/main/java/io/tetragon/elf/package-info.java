// SPDX-License-Identifier: Apache-2.0

/** What ELF files say of themselves: sections, segments, symbols, notes. Every file may be hostile. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.elf;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
