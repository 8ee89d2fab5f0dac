// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The lines of a {@code /proc/PID/status} at one moment. */
public record ProcStatus(String text) {
    /** Of the JVM that runs the tests. */
    public static ProcStatus ofSelf() {
        return of("self");
    }

    /** Of any process that is still there. */
    public static ProcStatus of(String pid) {
        try {
            return new ProcStatus(Files.readString(Path.of("/proc", pid, "status")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A value as the kernel writes it, without the blanks around it. */
    public String value(String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + name + " in /proc/PID/status"));
    }

    /** A set of bits, such as {@code CapEff}. */
    public long hex(String name) {
        return Long.parseUnsignedLong(value(name), 16);
    }

    /** An amount of memory such as {@code VmRSS}, in KiB. */
    public long kib(String name) {
        return Long.parseLong(value(name).replace(" kB", ""));
    }
}
