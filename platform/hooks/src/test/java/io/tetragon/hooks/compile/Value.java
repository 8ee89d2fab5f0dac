// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import java.util.Arrays;

/** What an argument has at run time. */
sealed interface Value {
    /** A number, extended to 64 bits as its type says. */
    record Num(long value) implements Value {}

    /** A text, of files their path and mode, of Unix addresses their family. */
    record Text(byte[] bytes, int mode, int family) implements Value {
        @Override
        public String toString() {
            return "Text[" + new String(bytes) + ", " + Integer.toOctalString(mode) + ", " + family + "]";
        }
    }

    /** Both ends of a connection, of socket addresses the first; addresses have the length of their family's. */
    record Sock(int family, int protocol, int state, byte[] saddr, byte[] daddr, int sport, int dport)
            implements Value {
        @Override
        public String toString() {
            return "Sock[" + family + ", " + protocol + ", " + state + ", " + Arrays.toString(saddr) + ":" + sport + ", "
                    + Arrays.toString(daddr) + ":" + dport + "]";
        }
    }

    /** It could not be read. */
    record Unread() implements Value {}
}
