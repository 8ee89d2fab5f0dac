// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a compiled object asks of the kernel's types: its CO-RE relocations, from the section {@code .BTF.ext}.
 *
 * <pre>
 * +--------+-----+-----------+-----------+----------------------+---------
 * | header | ... | record    | section,  | records of that      | section,
 * |        |     | size      | count     | section's programs   | ...
 * +--------+-----+-----------+-----------+----------------------+---------
 *   record: offset of the instruction, local type, access path, kind
 * </pre>
 */
public final class CoreRelocations {
    private static final int MAGIC = 0xeb9f;
    private static final int HEADER_WITH_RELOCATIONS = 32;
    private static final int OFFSET = 24;
    private static final int LENGTH = 28;
    private static final int RECORD = 16;
    private static final int SECTION = 8;

    private static final int TYPE_ID_LOCAL = 6;
    private static final int TYPE_ID_TARGET = 7;
    private static final int TYPE_SIZE = 9;
    private static final int ENUM_VALUE = 11;

    private static final int LOAD_IMMEDIATE_64 = 0x18;
    private static final int REGISTER_OPERAND = 8;
    private static final int ALU = 4;
    private static final int ALU_64 = 7;

    /** A BTF section without types. */
    private static final byte[] EMPTY = {(byte) 0x9f, (byte) 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 0};

    private final byte[] elf;
    private final Btf local;
    private final ByteBuffer extension;
    private final int start;
    private final int end;
    private final Set<String> names = new LinkedHashSet<>();
    private boolean answeredBySubset = true;
    private boolean typeIds;

    private CoreRelocations(byte[] elf, Btf local, ByteBuffer extension, int start, int end) {
        this.elf = elf;
        this.local = local;
        this.extension = extension;
        this.start = start;
        this.end = end;
    }

    /**
     * Reads the relocations of an object; those of one without type information are none.
     *
     * @param elf not changed, and not copied, so it must not change while the result is in use
     * @throws BtfFormatException when the object or its relocations are malformed
     */
    public static CoreRelocations ofElf(byte[] elf) {
        ByteBuffer section = ElfSections.view(elf, ".BTF");
        ByteBuffer extension = ElfSections.view(elf, ".BTF.ext");
        if (section.limit() == 0 || extension.limit() == 0) {
            return new CoreRelocations(elf, Btf.parse(EMPTY), extension, 0, 0);
        }
        if (extension.limit() < OFFSET || (extension.getShort(0) & 0xffff) != MAGIC) {
            throw new BtfFormatException("not a little-endian .BTF.ext section");
        }
        Btf local = Btf.parse(section, null);
        int header = extension.getInt(4);
        if (header < HEADER_WITH_RELOCATIONS || extension.limit() < HEADER_WITH_RELOCATIONS) {
            return new CoreRelocations(elf, local, extension, 0, 0);
        }
        long from = (header & 0xffffffffL) + (extension.getInt(OFFSET) & 0xffffffffL);
        long to = from + (extension.getInt(LENGTH) & 0xffffffffL);
        if (to > extension.limit()) {
            throw new BtfFormatException("relocations reach beyond the end of their section");
        }
        CoreRelocations relocations = new CoreRelocations(elf, local, extension, (int) from, (int) to);
        relocations.walk(relocations::note);
        return relocations;
    }

    /** @return whether an object may have relocations; costs next to nothing, and cannot fail */
    public static boolean mayBeIn(byte[] elf) {
        try {
            ByteBuffer extension = ElfSections.view(elf, ".BTF.ext");
            return extension.limit() >= HEADER_WITH_RELOCATIONS && extension.getInt(LENGTH) != 0;
        } catch (BtfFormatException e) {
            return false;
        }
    }

    /** What to do with a record; {@code section} is the offset of its section's name. */
    private interface Visitor {
        void record(int section, int at);
    }

    private void walk(Visitor visitor) {
        if (start == end) {
            return;
        }
        int at = start;
        require(end - at >= 4 && extension.getInt(at) == RECORD);
        at += 4;
        while (at < end) {
            require(end - at >= SECTION);
            int name = extension.getInt(at);
            int count = extension.getInt(at + 4);
            at += SECTION;
            require(count > 0 && count <= (end - at) / RECORD);
            for (int i = 0; i < count; i++, at += RECORD) {
                visitor.record(name, at);
            }
        }
    }

    private static void require(boolean wellFormed) {
        if (!wellFormed) {
            throw new BtfFormatException("relocations are malformed, or of an unknown version");
        }
    }

    private void note(int section, int at) {
        int kind = extension.getInt(at + 12);
        if (kind == TYPE_ID_LOCAL) {
            return;
        }
        int type = type(at);
        String name = BtfNames.withoutFlavour(local.name(type));
        require(!name.isEmpty());
        names.add(name);
        typeIds |= kind == TYPE_ID_TARGET;
        boolean ofType = kind > TYPE_ID_LOCAL && kind <= TYPE_SIZE;
        answeredBySubset &= kind >= 0 && kind <= ENUM_VALUE && (!ofType || comparedByName(local.kind(type)));
    }

    private int type(int at) {
        int type = extension.getInt(at + 4);
        require(type > 0 && type < local.typeCount());
        return type;
    }

    /** Other kinds, above all typedefs, are compared with what they refer to, through pointers, too. */
    private static boolean comparedByName(int kind) {
        return switch (kind) {
            case BtfDecoder.INT, BtfDecoder.STRUCT, BtfDecoder.UNION, BtfDecoder.ENUM, BtfDecoder.ENUM64 -> true;
            default -> false;
        };
    }

    /** @return the names, without flavours, of the types that are looked for in the kernel's */
    public Set<String> names() {
        return Set.copyOf(names);
    }

    /** @return whether a {@link BtfSubset} of {@link #names} gives the same answers as the whole does */
    public boolean answeredBySubset() {
        return answeredBySubset;
    }

    /**
     * The object with the kernel's type ids put in, which libbpf could not know from a subset: the instructions have
     * them, and their relocations are gone.
     *
     * @param subset of the kernel's types, with all of {@link #names} that the kernel has
     * @return the object itself when it has no such relocation, else a changed copy
     * @throws BtfFormatException when a relocation is malformed, or several types have the name
     */
    public byte[] withTypeIds(BtfSubset subset) {
        if (!typeIds) {
            return elf;
        }
        byte[] changed = elf.clone();
        ByteBuffer target = ElfSections.view(changed, ".BTF.ext");
        Rewriter rewriter = new Rewriter(changed, target, subset);
        walk(rewriter::record);
        target.putInt(LENGTH, rewriter.finish() - start);
        return changed;
    }

    /** Moves the records that stay together; reads from the original, so that writing cannot overtake reading. */
    private final class Rewriter {
        private final byte[] changed;
        private final ByteBuffer target;
        private final BtfSubset subset;
        private ByteBuffer instructions = ByteBuffer.allocate(0);
        private int section = -1;
        private int out = start + 4;
        private int count;

        Rewriter(byte[] changed, ByteBuffer target, BtfSubset subset) {
            this.changed = changed;
            this.target = target;
            this.subset = subset;
        }

        void record(int name, int at) {
            if (name != section) {
                endSection();
                section = name;
                instructions = ElfSections.view(changed, local.string(name));
                out += SECTION;
            }
            if (extension.getInt(at + 12) == TYPE_ID_TARGET) {
                int type = type(at);
                List<Integer> ids = subset.ids(BtfNames.withoutFlavour(local.name(type)), local.kind(type));
                if (ids.size() > 1) {
                    throw new BtfFormatException("the kernel has several types " + local.name(type));
                }
                patch(extension.getInt(at), ids.isEmpty() ? 0 : ids.get(0));
                return;
            }
            for (int i = 0; i < RECORD; i += 4) {
                target.putInt(out + i, extension.getInt(at + i));
            }
            out += RECORD;
            count++;
        }

        private void endSection() {
            if (section < 0) {
                return;
            }
            int head = out - count * RECORD - SECTION;
            if (count == 0) {
                // libbpf does not accept a section without records
                out = head;
            } else {
                target.putInt(head, section);
                target.putInt(head + 4, count);
                count = 0;
            }
        }

        int finish() {
            endSection();
            // without any record not even the record size is left
            return out == start + 4 ? start : out;
        }

        private void patch(int offset, int id) {
            require(offset >= 0 && offset % 8 == 0 && offset <= instructions.limit() - 8);
            int code = instructions.get(offset) & 0xff;
            int family = code & 7;
            if (code == LOAD_IMMEDIATE_64) {
                require(offset <= instructions.limit() - 16 && (instructions.get(offset + 1) & 0xf0) == 0
                        && instructions.get(offset + 8) == 0);
                instructions.putInt(offset + 12, 0);
            } else {
                require((family == ALU || family == ALU_64) && (code & REGISTER_OPERAND) == 0);
            }
            instructions.putInt(offset + 4, id);
        }
    }
}
