// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Descriptions of processes for tests. */
final class Descriptions {
    static final Namespaces HOST = new Namespaces(1, 2, 3, 4, 4, 6, 7, 7, 9, 10);

    private Descriptions() {}

    /** A process of which only the identity and the parent matter. */
    static ProcessDescription process(int pid, long ktime, int parentPid, long parentKtime) {
        ProcessDescription d = new ProcessDescription();
        d.pid = pid;
        d.nsPid = pid;
        d.ktime = ktime;
        d.parentPid = parentPid;
        d.parentKtime = parentKtime;
        d.binary = utf8("/bin/p" + pid);
        return d;
    }

    /** A process with everything, or hardly anything, that a process can have. */
    static ProcessDescription random(Random random) {
        ProcessDescription d = process(random.nextInt(), random.nextLong(), random.nextInt(3), random.nextInt(3));
        d.startTimeNanos = random.nextBoolean() ? random.nextLong() : 0;
        d.auid = random.nextInt(3) - 1;
        d.flags = random.nextInt();
        d.cwd = text(random);
        d.binary = text(random);
        d.arguments = text(random);
        d.docker = random.nextBoolean() ? "" : "0123456789abcdef0123456789abcde";
        if (random.nextBoolean()) {
            d.credentials = new Credentials(random.nextInt(), random.nextInt(), random.nextInt(2), 0, random.nextInt(), 0,
                    random.nextInt(), random.nextInt(), random.nextBoolean() ? random.nextInt() : 0x100,
                    random.nextLong(), random.nextBoolean() ? -1L : 0, random.nextInt(4));
        }
        if (random.nextInt(3) > 0) {
            d.namespaces = new Namespaces(random.nextInt(3), random.nextInt(3), random.nextInt(5), random.nextInt(),
                    4, 6, 0, -1, 9, random.nextInt(12));
        }
        if (random.nextInt(3) > 0) {
            d.environment = environment(random);
        }
        return d;
    }

    private static List<byte[]> environment(Random random) {
        List<byte[]> variables = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            variables.add(utf8(switch (random.nextInt(7)) {
                case 0 -> "PATH=/bin:/usr/bin";
                case 1 -> "EMPTY=";
                case 2 -> "no equals sign";
                case 3 -> "=no name";
                case 4 -> "";
                case 5 -> "=";
                default -> "A=B=\u00e4\"\\\n";
            }));
        }
        return variables;
    }

    private static byte[] text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            text.appendCodePoint(switch (random.nextInt(5)) {
                case 0 -> random.nextInt(0x20);
                case 1 -> random.nextBoolean() ? '"' : '\\';
                case 2 -> 0x1F600 + random.nextInt(64);
                case 3 -> 0xE0 + random.nextInt(64);
                default -> 'a' + random.nextInt(26);
            });
        }
        return utf8(text.toString());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
