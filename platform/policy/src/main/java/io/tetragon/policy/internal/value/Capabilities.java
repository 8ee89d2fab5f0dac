// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import io.tetragon.policy.internal.schema.Nearest;
import java.util.List;
import java.util.Locale;

/** Capabilities by name, in the order of their numbers. */
public final class Capabilities {
    private static final List<String> NAMES = List.of(
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
            "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE",
            "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
            "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
            "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
            "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
            "CAP_CHECKPOINT_RESTORE");

    private Capabilities() {}

    /** Returns the bit of a capability's name. */
    public static long bit(String name) throws ValueException {
        int number = NAMES.indexOf(name.toUpperCase(Locale.ROOT));
        if (number < 0) {
            throw new ValueException("there is no such capability", Nearest.hint(name, NAMES));
        }
        return 1L << number;
    }

    /** Reads a set: hexadecimal digits with or without 0x, or names separated by commas. */
    static long set(String text) throws ValueException {
        if (text.toUpperCase(Locale.ROOT).startsWith("CAP_")) {
            long set = 0;
            for (String name : text.split(",", -1)) {
                set |= bit(name.strip());
            }
            return set;
        }
        String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
        if (!digits.matches("[0-9a-fA-F]{1,16}")) {
            throw new ValueException("it is a set of capabilities",
                    "write up to 16 hexadecimal digits or names such as CAP_SYS_ADMIN");
        }
        return Long.parseUnsignedLong(digits, 16);
    }
}
