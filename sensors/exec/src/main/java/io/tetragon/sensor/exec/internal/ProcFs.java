// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Namespaces;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads what procfs tells of one process. Every file may vanish at any moment, and its content is anybody's. */
final class ProcFs {
    /** What procfs counts start times in, on every architecture. */
    private static final long NANOS_PER_TICK = 10_000_000L;

    /**
     * What {@code stat} tells.
     *
     * @param startNanos start since boot
     */
    record Stat(String comm, int parentPid, long startNanos, boolean kernelThread) {}

    /**
     * What {@code status} tells.
     *
     * @param nsPid process id in the innermost namespace
     * @param inPidNamespace whether that is not the host's
     */
    record Status(Credentials credentials, int nsPid, boolean inPidNamespace) {}

    private static final int KTHREAD = 0x0020_0000;

    private final Path folder;

    ProcFs(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /** The name may hold anything, brackets and spaces included; the fields begin behind its last bracket. */
    Optional<Stat> stat() {
        try {
            String text = new String(Files.readAllBytes(folder.resolve("stat")), StandardCharsets.ISO_8859_1);
            int open = text.indexOf('(');
            int close = text.lastIndexOf(')');
            String[] fields = text.substring(close + 2).split(" ");
            return Optional.of(new Stat(text.substring(open + 1, close), Integer.parseInt(fields[1]),
                    Long.parseLong(fields[19]) * NANOS_PER_TICK, (Long.parseLong(fields[6]) & KTHREAD) != 0));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** The kernel escapes newlines in the name and nothing else, so nothing else separates the lines. */
    Status status() {
        int[] uids = new int[4];
        int[] gids = new int[4];
        long permitted = 0;
        long effective = 0;
        long inheritable = 0;
        int nsPid = 0;
        boolean inNamespace = false;
        try {
            String text = new String(Files.readAllBytes(folder.resolve("status")), StandardCharsets.ISO_8859_1);
            for (String line : text.split("\n")) {
                if (line.startsWith("Uid:")) {
                    ids(line, uids);
                } else if (line.startsWith("Gid:")) {
                    ids(line, gids);
                } else if (line.startsWith("CapInh:")) {
                    inheritable = Long.parseUnsignedLong(line.substring(7).trim(), 16);
                } else if (line.startsWith("CapPrm:")) {
                    permitted = Long.parseUnsignedLong(line.substring(7).trim(), 16);
                } else if (line.startsWith("CapEff:")) {
                    effective = Long.parseUnsignedLong(line.substring(7).trim(), 16);
                } else if (line.startsWith("NSpid:")) {
                    String[] pids = line.substring(6).trim().split("\\s+");
                    nsPid = Integer.parseInt(pids[pids.length - 1]);
                    inNamespace = pids.length > 1;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return new Status(Credentials.NONE, 0, false);
        }
        // The lines hold real, effective, saved and file system id.
        return new Status(new Credentials(uids[0], gids[0], uids[1], gids[1], uids[2], gids[2], uids[3], gids[3], 0,
                permitted, effective, inheritable), nsPid, inNamespace);
    }

    /** Returns the login user id, -1 where it is unset or the kernel has none. */
    int auid() {
        try {
            return Integer.parseUnsignedInt(Files.readString(folder.resolve("loginuid")).trim());
        } catch (IOException | NumberFormatException e) {
            return -1;
        }
    }

    /** Returns the first bytes of a file, none if it cannot be read. Some files are as long as their process wants. */
    byte[] bytes(String file, int limit) {
        try (InputStream in = Files.newInputStream(folder.resolve(file))) {
            return in.readNBytes(limit);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** Returns the target of a link, empty if it cannot be read. */
    String link(String file) {
        try {
            return Files.readSymbolicLink(folder.resolve(file)).toString();
        } catch (IOException e) {
            return "";
        }
    }

    Namespaces namespaces() {
        return Namespaces.read(folder);
    }

    private static void ids(String line, int[] to) {
        String[] fields = line.substring(4).trim().split("\\s+");
        for (int i = 0; i < to.length && i < fields.length; i++) {
            to[i] = Integer.parseUnsignedInt(fields[i]);
        }
    }
}
