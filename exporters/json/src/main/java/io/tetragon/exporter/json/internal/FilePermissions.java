// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Reads the mode of the export file. */
final class FilePermissions {
    private static final String DEFAULT = "600";
    private static final int ALL = 0777;
    /** Nobody executes a log, and neither the world writes it. */
    private static final int NEVER = 0113;
    /** Without them the agent could not go on after a restart as an ordinary user. */
    private static final int ALWAYS = 0600;

    /** From the highest bit to the lowest. */
    private static final PosixFilePermission[] BITS = {
        PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE,
        PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE,
    };

    private FilePermissions() {}

    /**
     * Returns the permissions of an octal mode such as {@code 640}; what a log file must not have is left out, what its
     * owner needs is added, and an empty text means 600.
     */
    static Set<PosixFilePermission> parse(String octal) throws TetragonException {
        String text = octal.isEmpty() ? DEFAULT : octal;
        if (text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '7')) {
            throw new TetragonException(
                    Kind.INVALID_ARGUMENT,
                    "set the mode of the export file",
                    "\"" + octal + "\" is not an octal number",
                    "use a mode such as 600 or 640");
        }
        return set((int) Long.parseLong(text, 8) & ALL & ~NEVER | ALWAYS);
    }

    private static Set<PosixFilePermission> set(int mode) {
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < BITS.length; i++) {
            if ((mode & 0400 >> i) != 0) {
                set.add(BITS[i]);
            }
        }
        return set;
    }
}
