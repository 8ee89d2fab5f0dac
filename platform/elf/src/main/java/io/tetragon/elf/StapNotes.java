// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
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
 *
 * <p>Tools that move a file's sections after it was linked do not find the addresses in the notes. They do move the section
 * {@code .stapsdt.base}, whose address the linker put into each note as its base: the difference is the way that the
 * addresses went.
 */
public final class StapNotes {
    private static final String SECTION = ".note.stapsdt";
    private static final String BASE = ".stapsdt.base";
    private static final String OWNER = "stapsdt";
    private static final int HEADER = 12;
    private static final int TYPE = 3;
    private static final int ADDRESSES = 24;
    private static final int MAX_NAME = 511;
    /** The largest programs have some thousand trace points of less than 100 bytes each. */
    private static final long MAX_NOTES = 16L << 20;
    private static final int MAX_PROBES = 1 << 16;

    /** A trace point; a file may hold it at several addresses. */
    public record Probe(String provider, String name) {}

    /**
     * One of the addresses of a trace point.
     *
     * @param address of its instruction, as the linker saw it
     * @param semaphore address of the 16-bit counter that a tracer raises while it is interested; 0 for none
     * @param arguments for {@link StapOperand#parse}; they differ between places of one trace point
     */
    public record Place(Probe probe, long address, long semaphore, String arguments) {}

    private interface Visitor {
        void visit(Place place) throws ElfException;
    }

    private StapNotes() {}

    /**
     * Returns each trace point once, in the file's order.
     *
     * @throws ElfException if the notes are damaged
     */
    public static List<Probe> probes(ElfFile elf) throws ElfException {
        Set<Probe> probes = new LinkedHashSet<>();
        read(elf, place -> {
            probes.add(place.probe);
            limit(elf, probes.size());
        });
        return List.copyOf(probes);
    }

    /**
     * Returns the places of a trace point, in the file's order; none when the file does not have it.
     *
     * @throws ElfException if the notes are damaged
     */
    public static List<Place> places(ElfFile elf, Probe probe) throws ElfException {
        List<Place> places = new ArrayList<>();
        read(elf, place -> {
            if (place.probe.equals(probe)) {
                places.add(place);
                limit(elf, places.size());
            }
        });
        return List.copyOf(places);
    }

    private static void limit(ElfFile elf, int count) throws ElfException {
        if (count > MAX_PROBES) {
            throw elf.damaged("it has more than " + MAX_PROBES + " trace points in " + SECTION);
        }
    }

    private static void read(ElfFile elf, Visitor places) throws ElfException {
        long bytes = 0;
        long base = elf.sections().stream().filter(section -> section.name().equals(BASE)).findFirst()
                .map(ElfFile.Section::address).orElse(0L);
        for (ElfFile.Section section : elf.sections()) {
            if (section.type() == ElfFile.NOTE && section.name().equals(SECTION)) {
                bytes += Math.max(0, Math.min(section.size(), MAX_NOTES + 1));
                if (bytes > MAX_NOTES) {
                    throw elf.damaged(SECTION + " has more than " + MAX_NOTES + " bytes");
                }
                read(elf, elf.read(section), base, places);
            }
        }
    }

    private static void read(ElfFile elf, ByteBuffer notes, long base, Visitor places) throws ElfException {
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
                places.visit(place(elf, notes.slice((int) description, (int) size).order(notes.order()), base));
            }
            at = description + padded(size);
        }
    }

    private static Place place(ElfFile elf, ByteBuffer description, long base) throws ElfException {
        String provider = ElfFile.text(description, ADDRESSES);
        // In bytes, which are more than characters where the text is not ASCII; that is refused below.
        String name = ElfFile.text(description, ADDRESSES + provider.length() + 1L);
        if (!isWord(provider) || !isWord(name)) {
            throw elf.damaged("a note of " + SECTION + " has no provider or name");
        }
        long linked = description.getLong(8);
        long moved = base == 0 || linked == 0 ? 0 : base - linked;
        long semaphore = description.getLong(16);
        return new Place(new Probe(provider, name), description.getLong(0) + moved, semaphore == 0 ? 0 : semaphore + moved,
                ElfFile.text(description, ADDRESSES + provider.length() + 1L + name.length() + 1L));
    }

    private static boolean isWord(String text) {
        return !text.isEmpty() && text.length() <= MAX_NAME && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    private static long padded(long size) {
        return (size + 3) & ~3L;
    }
}
