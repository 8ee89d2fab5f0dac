// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file cannot be read as ELF. The message is one line: which file, why, remedy. */
public final class ElfException extends IOException {
    private static final long serialVersionUID = 1L;

    ElfException(String message) {
        super(message);
    }

    ElfException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
