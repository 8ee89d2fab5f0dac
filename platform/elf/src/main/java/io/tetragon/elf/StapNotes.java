// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The static trace points that {@code <sys/sdt.h>} leaves in a file, as notes:
 *
 * <pre>
 *   u32 name size, description size, type (3)
 *   name "stapsdt", padded to 4
 *   u64 address, base, semaphore; provider, name, arguments as zero-ended texts; padded to 4
 * </pre>
 */
public final class StapNotes {
    private static final String SECTION = ".note.stapsdt";
    private static final String OWNER = "stapsdt";
    private static final int HEADER = 12;
    private static final int TYPE = 3;
    private static final int ADDRESSES = 24;
    private static final int MAX_NAME = 511;

    /** A trace point; a file may hold it at several addresses. */
    public record Probe(String provider, String name) {}

    private StapNotes() {}

    /**
     * Returns each trace point once, in the file's order.
     *
     * @throws ElfException if the notes are damaged
     */
    public static List<Probe> probes(ElfFile elf) throws ElfException {
        Set<Probe> probes = new LinkedHashSet<>();
        for (ElfFile.Section section : elf.sections()) {
            if (section.type() == ElfFile.NOTE && section.name().equals(SECTION)) {
                read(elf, elf.read(section), probes);
            }
        }
        return List.copyOf(probes);
    }

    private static void read(ElfFile elf, ByteBuffer notes, Set<Probe> probes) throws ElfException {
        long at = 0;
        while (at <= notes.limit() - HEADER) {
            long nameSize = Integer.toUnsignedLong(notes.getInt((int) at));
            long size = Integer.toUnsignedLong(notes.getInt((int) at + 4));
            int type = notes.getInt((int) at + 8);
            long name = at + HEADER;
            long description = name + padded(nameSize);
            if (description + size > notes.limit()) {
                throw elf.damaged("a note of " + SECTION + " reaches beyond its end");
            }
            if (type == TYPE && size > ADDRESSES && OWNER.equals(ElfFile.text(notes, name))) {
                probes.add(probe(elf, notes.slice((int) description, (int) size)));
            }
            at = description + padded(size);
        }
    }

    private static Probe probe(ElfFile elf, ByteBuffer description) throws ElfException {
        String provider = ElfFile.text(description, ADDRESSES);
        // In bytes, which are more than characters where the text is not ASCII; that is refused below.
        String name = ElfFile.text(description, ADDRESSES + provider.length() + 1L);
        if (!isWord(provider) || !isWord(name)) {
            throw elf.damaged("a note of " + SECTION + " has no provider or name");
        }
        return new Probe(provider, name);
    }

    private static boolean isWord(String text) {
        return !text.isEmpty() && text.length() <= MAX_NAME && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    private static long padded(long size) {
        return (size + 3) & ~3L;
    }
}
