// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tetragon.cli.internal.CliException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that lie about themselves end in a CliException or a policy, and never in another exception. */
class HostileElfTest {
    private static final byte[] IMAGE =
            new ElfImage().function("main").function("other").probe("python", "line").bytes();

    @TempDir Path folder;

    private void read(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("file"), bytes);
        try {
            GeneratedPolicies.uprobes(file, line -> {});
        } catch (CliException refused) {
            // One line for the user is what is asked for.
        }
        try {
            GeneratedPolicies.usdts(file);
        } catch (CliException refused) {
            // As above.
        }
    }

    @Test
    void cutAnywhere() throws IOException {
        for (int length = 0; length < IMAGE.length; length++) {
            read(Arrays.copyOf(IMAGE, length));
        }
    }

    @Test
    void withAnyFieldReplaced() throws IOException {
        long[] values = {0, 1, 0x7f, 0xffff, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -1};
        for (int at = 0; at <= IMAGE.length - 8; at += 4) {
            for (long value : values) {
                byte[] changed = IMAGE.clone();
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
                read(changed);
                changed = IMAGE.clone();
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, (int) value);
                read(changed);
            }
        }
    }

    @Test
    void withAnyBytesReplaced() throws IOException {
        Random random = new Random(11);
        for (int i = 0; i < 3000; i++) {
            byte[] changed = IMAGE.clone();
            for (int n = random.nextInt(8); n >= 0; n--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            read(changed);
        }
    }

    @Test
    void saysWhyAFileIsRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "#!/bin/sh\n".repeat(20));
        assertEquals(
                text + " is no ELF file of 64 bits, little-endian: give a program or library",
                refusal(text));
        assertEquals(folder + " is no regular file: give a program or library", refusal(folder));
        byte[] far = IMAGE.clone();
        ByteBuffer.wrap(far).order(ByteOrder.LITTLE_ENDIAN).putLong(40, Long.MAX_VALUE);
        Path file = Files.write(folder.resolve("far"), far);
        assertEquals(file + " is a damaged ELF file: its section table reaches beyond its end", refusal(file));
    }

    private static String refusal(Path file) {
        return assertThrows(CliException.class, () -> GeneratedPolicies.usdts(file)).getMessage();
    }
}
