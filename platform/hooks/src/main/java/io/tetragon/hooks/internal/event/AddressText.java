// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

/** IP addresses in network order as text (RFC 5952); an IPv4 address in an IPv6 socket is shown as what it is. */
final class AddressText {
    private static final int GROUPS = 8;

    private AddressText() {}

    static String of(int family, byte[] bytes, int at) {
        return family == SocketNames.AF_INET ? v4(bytes, at) : v6(bytes, at);
    }

    private static String v4(byte[] b, int at) {
        return new StringBuilder(15).append(b[at] & 0xFF).append('.').append(b[at + 1] & 0xFF).append('.')
                .append(b[at + 2] & 0xFF).append('.').append(b[at + 3] & 0xFF).toString();
    }

    private static String v6(byte[] b, int at) {
        if (isMapped(b, at)) {
            return v4(b, at + 12);
        }
        // The longest run of zero groups, of at least two, becomes "::".
        int run = -1;
        int longest = 1;
        for (int i = 0; i < GROUPS; ) {
            int end = i;
            while (end < GROUPS && group(b, at, end) == 0) {
                end++;
            }
            if (end - i > longest) {
                run = i;
                longest = end - i;
            }
            i = Math.max(end, i + 1);
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (i == run) {
                text.append("::");
                i += longest - 1;
            } else {
                if (i > 0 && i != run + longest) {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(b, at, i)));
            }
        }
        return text.toString();
    }

    private static boolean isMapped(byte[] b, int at) {
        for (int i = 0; i < 10; i++) {
            if (b[at + i] != 0) {
                return false;
            }
        }
        return b[at + 10] == -1 && b[at + 11] == -1;
    }

    private static int group(byte[] b, int at, int index) {
        return (b[at + 2 * index] & 0xFF) << 8 | b[at + 2 * index + 1] & 0xFF;
    }
}
