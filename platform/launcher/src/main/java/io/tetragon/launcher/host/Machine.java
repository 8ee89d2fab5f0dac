// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the agent knows of the machine and of its own place on it. */
public final class Machine {
    /** Where the kernel shows its own types. */
    public static final String KERNEL_BTF = "/sys/kernel/btf/vmlinux";

    private static final Log LOG = Log.of(Machine.class);
    /** Set by bin/tetragon: the folder that has bin, lib, sensors and exporters. */
    private static final String TREE_PROPERTY = "tetragon.tree";
    /** The unit of times in /proc, the same on every Linux that Java runs on. */
    private static final long MILLIS_PER_TICK = 10;

    private static final int STAT_START_TIME = 19;

    private Machine() {}

    /** Returns the folder in which the agent is installed. */
    public static Path tree() throws TetragonException {
        String tree = System.getProperty(TREE_PROPERTY, "");
        if (tree.isEmpty()) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "start the agent",
                    "the system property " + TREE_PROPERTY + " is not set", "start it with bin/tetragon");
        }
        return Path.of(tree);
    }

    /** Returns the file of kernel types that is wanted instead of the kernel's own, or an empty string. */
    public static String btf(String flag) {
        return flag.isEmpty() ? orEmpty(System.getenv("TETRAGON_BTF")) : flag;
    }

    /** Returns the name of this node in events. */
    public static String nodeName() {
        for (String variable : new String[] {"HUBBLE_NODE_NAME", "NODE_NAME"}) {
            String name = orEmpty(System.getenv(variable));
            if (!name.isEmpty()) {
                return name;
            }
        }
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            LOG.warn("node has no name", "reason", e.toString());
            return "";
        }
    }

    /** Returns how long this process has been there, in milliseconds, to 10 ms; it began as the script bin/tetragon. */
    public static long millisSinceStart() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            // The second field is the name, in brackets, and may hold anything.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            String uptime = Files.readString(Path.of("/proc/uptime"));
            double seconds = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
            return Math.round(seconds * 1000) - Long.parseLong(fields[STAT_START_TIME]) * MILLIS_PER_TICK;
        } catch (IOException | RuntimeException e) {
            LOG.debug("age of the process is not known", "reason", e);
            return -1;
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
