// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import io.tetragon.elf.ElfFile;
import io.tetragon.elf.Function;
import io.tetragon.elf.Functions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Where things lie in programs. Of those that are not built everything is at 0. */
final class Binaries {
    private static final Map<Integer, Integer> FIRST_LENGTHS = Map.of(
            // endbr64; lea (%rdi,%rsi),%eax; push %rbp
            0xf3, 4, 0x8d, 3, 0x55, 1);

    private Binaries() {}

    /** The address of a function, as the linker saw it. */
    static long address(String binary, String function) {
        if (!Files.exists(Path.of(binary))) {
            return 0;
        }
        try (ElfFile elf = ElfFile.open(Path.of(binary))) {
            List<Function> found = Functions.find(elf, Set.of(function)).get(function);
            return found == null ? 0 : found.get(0).address();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The place of a function in its file. */
    static long offset(String binary, String function) {
        return fileOffset(binary, address(binary, function));
    }

    /** The place of the one variable in the section {@code .probes}. */
    static long counter(String binary) {
        if (!Files.exists(Path.of(binary))) {
            return 0;
        }
        try (ElfFile elf = ElfFile.open(Path.of(binary))) {
            return elf.sections().stream().filter(section -> section.name().equals(".probes")).findFirst().orElseThrow()
                    .offset();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How far behind its beginning a function's second instruction is. */
    static int secondInstruction(String binary, String function) {
        if (!Files.exists(Path.of(binary))) {
            return 0;
        }
        try {
            byte first = Files.readAllBytes(Path.of(binary))[(int) offset(binary, function)];
            return FIRST_LENGTHS.get(first & 0xff);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The C library of this JVM. */
    static String libc() {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.map(line -> line.replaceFirst(".* ", "")).filter(path -> path.endsWith("/libc.so.6")).findFirst()
                    .orElse("/no-libc");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long fileOffset(String binary, long address) {
        if (address == 0) {
            return 0;
        }
        try (ElfFile elf = ElfFile.open(Path.of(binary))) {
            return elf.offsetOf(address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
