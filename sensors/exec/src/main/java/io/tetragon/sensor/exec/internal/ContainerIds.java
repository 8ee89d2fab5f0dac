// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Finds container ids in the names of cgroups. Used by one thread. */
final class ContainerIds {
    /** Digits of an id in events. */
    private static final int SHOWN = 31;
    /** Digits of a whole id. */
    private static final int WHOLE = 64;
    /** Podman runs the payload in a cgroup of this name below the container's. */
    private static final String PODMAN_LEAF = "container";
    /** Sysbox gives the init of its container a tree of its own from here on. */
    private static final String SYSBOX_ROOT = "syscont-cgroup-root";

    private byte[] lastName = {};
    private String lastId = "";

    /** Returns the container id in the name of a cgroup that ends in a NUL, or an empty string. */
    String ofCgroup(byte[] area, int offset, int size, int pid) {
        int count = size > 0 && area[offset + size - 1] == 0 ? size - 1 : size;
        if (Arrays.equals(area, offset, offset + count, lastName, 0, lastName.length)) {
            return lastId;
        }
        String name = new String(area, offset, count, StandardCharsets.UTF_8);
        if (name.equals(PODMAN_LEAF)) {
            return ofProcess(Path.of("/proc", Integer.toUnsignedString(pid)));
        }
        lastName = Arrays.copyOfRange(area, offset, offset + count);
        lastId = ofName(name);
        return lastId;
    }

    /** Returns the container id of a process, from the lines of its {@code cgroup} file. */
    static String ofProcess(Path process) {
        List<String> lines;
        try {
            lines = Files.readAllLines(process.resolve("cgroup"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
        for (String line : lines) {
            String id = ofPath(line.substring(line.indexOf(':', line.indexOf(':') + 1) + 1));
            if (!id.isEmpty()) {
                return id;
            }
        }
        return "";
    }

    /** Returns the container id in a path of cgroups, or an empty string. */
    static String ofPath(String path) {
        String[] parts = path.split("/");
        int sysbox = Arrays.asList(parts).indexOf(SYSBOX_ROOT);
        int last = sysbox > 0 ? sysbox - 1 : parts.length - 1;
        if (last > 0 && parts[last].equals(PODMAN_LEAF)) {
            last--;
        }
        if (last < 0) {
            return "";
        }
        String id = ofName(parts[last]);
        if (id.isEmpty() && parts[last].length() >= SHOWN && isHex(parts[last])) {
            return parts[last].substring(0, SHOWN);
        }
        return id;
    }

    /** Runtimes name the cgroup of a container after its id, with a prefix that ends in a colon or dash, and a suffix. */
    static String ofName(String name) {
        if (name.length() < WHOLE || name.endsWith("service")) {
            return "";
        }
        String id = name.substring(name.lastIndexOf(':') + 1);
        id = id.substring(id.lastIndexOf('-') + 1);
        boolean whole = id.length() >= WHOLE && isHex(id.substring(0, WHOLE));
        return whole ? id.substring(0, SHOWN) : "";
    }

    private static boolean isHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Character.digit takes those of every script.
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')) {
                return false;
            }
        }
        return true;
    }
}
