// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import org.jspecify.annotations.Nullable;

/** Type and permissions of an inode in the form of ls(1). As upstream prints it, a type that is not known has no letter. */
final class FileMode {
    private static final int TYPE_SHIFT = 12;
    /** By the type bits of the mode. */
    private static final String[] TYPES = {"", "p", "c", "", "d", "", "b", "", "-", "", "l", "", "s", "", "", ""};
    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;
    private static final int STICKY = 01000;

    /** Nearly all files have one of a handful of modes. Entries are immutable, so a race costs one a string. */
    private static final @Nullable Known[] KNOWN = new Known[64];

    private record Known(int mode, String text) {}

    private FileMode() {}

    static String text(int mode) {
        int slot = (mode ^ mode >>> 6) & KNOWN.length - 1;
        Known known = KNOWN[slot];
        if (known == null || known.mode() != mode) {
            known = new Known(mode, format(mode));
            KNOWN[slot] = known;
        }
        return known.text();
    }

    private static String format(int mode) {
        StringBuilder text = new StringBuilder(10).append(TYPES[mode >>> TYPE_SHIFT & 0xF]);
        triple(text, mode >>> 6, (mode & SET_UID) != 0, 's');
        triple(text, mode >>> 3, (mode & SET_GID) != 0, 's');
        triple(text, mode, (mode & STICKY) != 0, 't');
        return text.toString();
    }

    private static void triple(StringBuilder text, int bits, boolean special, char letter) {
        text.append((bits & 4) != 0 ? 'r' : '-').append((bits & 2) != 0 ? 'w' : '-');
        boolean execute = (bits & 1) != 0;
        text.append(special ? execute ? letter : Character.toUpperCase(letter) : execute ? 'x' : '-');
    }
}
