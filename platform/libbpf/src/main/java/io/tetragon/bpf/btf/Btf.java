// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A BTF section. Reading it walks the records once and keeps their offsets only (the kernel has some hundred
 * thousand of them); a record is decoded when {@link #type} asks for it. Immutable and safe for concurrent use.
 *
 * <p>The section of a kernel module continues that of the kernel: its ids and strings begin where the kernel's end, and
 * may refer to them.
 */
public final class Btf {
    private static final int MAGIC = 0xeb9f;
    private static final int MIN_HEADER = 24;
    private static final int MAX_NESTING = 64;
    private static final int POINTER_SIZE = 8;
    /** Length of what {@link #nameBeginning} compares. */
    static final int BEGINNING = 3;
    private static final int BEGINNING_MASK = 0xffffff;

    private final @Nullable Btf base;
    private final ByteBuffer types;
    private final ByteBuffer strings;
    /** Of the own types; the first has id {@link #first}. */
    private final int[] offsets;
    private final int first;
    private final int firstString;

    private Btf(@Nullable Btf base, ByteBuffer types, ByteBuffer strings, int[] offsets) {
        this.base = base;
        this.types = types;
        this.strings = strings;
        this.offsets = offsets;
        this.first = base == null ? 1 : base.typeCount();
        this.firstString = base == null ? 0 : base.firstString + base.strings.limit();
    }

    /**
     * Reads a BTF section.
     *
     * @param section the bytes; not copied, so they must not change afterwards
     * @throws BtfFormatException when it is truncated, big-endian or of an unknown version
     */
    public static Btf parse(byte[] section) {
        return parse(section, null);
    }

    /**
     * Reads a BTF section that continues another, such as a module's from {@code /sys/kernel/btf}.
     *
     * @param section the bytes; not copied, so they must not change afterwards
     * @param base what it continues; null when it stands alone
     * @throws BtfFormatException when it is truncated, big-endian or of an unknown version
     */
    public static Btf parse(byte[] section, @Nullable Btf base) {
        return parse(ByteBuffer.wrap(section), base);
    }

    /**
     * Reads a BTF section like {@link #parse(byte[], Btf)}.
     *
     * @param section from its first byte to the buffer's limit; not copied, so the memory must neither change nor go
     *                away while the result is in use
     * @throws BtfFormatException when it is truncated, big-endian or of an unknown version
     */
    public static Btf parse(ByteBuffer section, @Nullable Btf base) {
        ByteBuffer all = section.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (all.limit() < MIN_HEADER || (all.getShort(0) & 0xffff) != MAGIC) {
            throw new BtfFormatException("not a little-endian BTF section");
        }
        if (all.get(2) != 1) {
            throw new BtfFormatException("BTF version " + (all.get(2) & 0xff) + " is not known");
        }
        long header = all.getInt(4) & 0xffffffffL;
        if (header < MIN_HEADER) {
            throw new BtfFormatException("BTF header of " + header + " bytes is too short");
        }
        ByteBuffer types = part(all, header, all.getInt(8), all.getInt(12), "type");
        ByteBuffer strings = part(all, header, all.getInt(16), all.getInt(20), "string");
        int size = strings.limit();
        if (base == null ? size == 0 || strings.get(0) != 0 || strings.get(size - 1) != 0
                : size > 0 && strings.get(size - 1) != 0) {
            throw new BtfFormatException("BTF strings do not start and end with a NUL");
        }
        return new Btf(base, types, strings, index(types));
    }

    /**
     * Reads the {@code .BTF} section of a 64-bit little-endian ELF object.
     *
     * @throws BtfFormatException when the object is malformed or has no such section (compiled without {@code -g})
     */
    public static Btf ofElf(byte[] elf) {
        byte[] section = ElfSections.find(elf, ".BTF");
        if (section.length == 0) {
            throw new BtfFormatException("the object has no .BTF section: compile it with clang -g");
        }
        return parse(section);
    }

    private static ByteBuffer part(ByteBuffer all, long header, int offset, int length, String what) {
        long from = header + (offset & 0xffffffffL);
        long size = length & 0xffffffffL;
        if (from + size > all.limit()) {
            throw new BtfFormatException("BTF " + what + " section reaches beyond the end of the data");
        }
        return all.slice((int) from, (int) size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int[] index(ByteBuffer types) {
        int[] offsets = new int[Math.max(16, types.limit() / 24)];
        int count = 0;
        int at = 0;
        while (at < types.limit()) {
            long end = at + (long) BtfDecoder.length(types, at);
            if (end > types.limit()) {
                throw new BtfFormatException("BTF type number " + (count + 1) + " reaches beyond the end of its section");
            }
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count + count / 2);
            }
            offsets[count++] = at;
            at = (int) end;
        }
        return Arrays.copyOf(offsets, count);
    }

    /** @return the number of types, {@code void} included; ids are below it */
    public int typeCount() {
        return first + offsets.length;
    }

    /** @return the first id that is not the base's; 1 when there is no base */
    public int firstType() {
        return first;
    }

    /**
     * Decodes a type.
     *
     * @throws BtfFormatException when there is no such id, or the record refers to a name that does not exist
     */
    public BtfType type(int id) {
        if (id == 0) {
            return new BtfType.Void();
        }
        if (base != null && id > 0 && id < first) {
            return base.type(id);
        }
        if (id < first || id >= typeCount()) {
            throw new BtfFormatException("BTF type " + id + " does not exist");
        }
        return BtfDecoder.decode(this, types, offsets[id - first]);
    }

    /**
     * Finds the first type of that name and kind; costs a walk over all types.
     *
     * @param kind a record of {@link BtfType}; structs and unions are the same kind
     */
    public OptionalInt find(String name, Class<? extends BtfType> kind) {
        OptionalInt inherited = base == null ? OptionalInt.empty() : base.find(name, kind);
        if (inherited.isPresent()) {
            return inherited;
        }
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        for (int id = first; id < typeCount(); id++) {
            if (hasName(id, wanted) && kind.isInstance(type(id))) {
                return OptionalInt.of(id);
            }
        }
        return OptionalInt.empty();
    }

    /** The record of an own type, from its header to the end of the section. */
    ByteBuffer record(int id) {
        int at = offsets[id - first];
        return types.slice(at, types.limit() - at).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The kind of an own type, as {@link BtfDecoder} numbers them. */
    int kind(int id) {
        return BtfDecoder.kind(types.getInt(offsets[id - first] + 4));
    }

    /** The name of an own type. */
    String name(int id) {
        return string(types.getInt(offsets[id - first]));
    }

    /** Whether an own type has a name, compared without decoding it. */
    boolean hasName(int id, byte[] wanted) {
        return stringIs(types.getInt(offsets[id - first]), wanted);
    }

    private boolean stringIs(int position, byte[] wanted) {
        if (base != null && position >= 0 && position < firstString) {
            return base.stringIs(position, wanted);
        }
        int offset = position - firstString;
        if (position < 0 || (long) offset + wanted.length >= strings.limit()) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (strings.get(offset + i) != wanted[i]) {
                return false;
            }
        }
        return strings.get(offset + wanted.length) == 0;
    }

    /**
     * Follows typedefs and qualifiers.
     *
     * @return the id of the first type that is neither
     */
    public int resolve(int id) {
        int at = id;
        for (int depth = 0; depth < MAX_NESTING; depth++) {
            BtfType type = type(at);
            if (type instanceof BtfType.Typedef typedef) {
                at = typedef.target();
            } else if (type instanceof BtfType.Qualifier qualifier) {
                at = qualifier.target();
            } else {
                return at;
            }
        }
        throw new BtfFormatException("BTF type " + id + " is nested too deeply");
    }

    /**
     * The size of a value of a type, in bytes.
     *
     * @throws BtfFormatException for a type that has no size ({@code void}, functions, forward declarations), and
     *                            for sizes beyond 2 GiB
     */
    public int sizeOf(int id) {
        long factor = 1;
        int at = resolve(id);
        for (int depth = 0; depth < MAX_NESTING; depth++) {
            BtfType type = type(at);
            if (type instanceof BtfType.Array array) {
                factor *= array.count();
                checkSize(factor);
                at = resolve(array.element());
            } else {
                return checkSize(factor * ownSize(type));
            }
        }
        throw new BtfFormatException("BTF type " + id + " is nested too deeply");
    }

    private static int ownSize(BtfType type) {
        if (type instanceof BtfType.Int number) {
            return number.size();
        } else if (type instanceof BtfType.Float number) {
            return number.size();
        } else if (type instanceof BtfType.Struct struct) {
            return struct.size();
        } else if (type instanceof BtfType.Enum number) {
            return number.size();
        } else if (type instanceof BtfType.DataSection section) {
            return section.size();
        } else if (type instanceof BtfType.Pointer) {
            return POINTER_SIZE;
        }
        throw new BtfFormatException("BTF type '" + type.name() + "' has no size");
    }

    private static int checkSize(long size) {
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw new BtfFormatException("BTF type is larger than 2 GiB");
        }
        return (int) size;
    }

    /** The {@link #hash} of an own type's name; 0 when it has none. */
    int nameHash(int id) {
        int position = types.getInt(offsets[id - first]);
        Btf owner = this;
        while (owner.base != null && position >= 0 && position < owner.firstString) {
            owner = owner.base;
        }
        int at = position - owner.firstString;
        if (position <= 0 || at < 0 || at >= owner.strings.limit()) {
            return 0;
        }
        int hash = 0;
        for (byte c = owner.strings.get(at); c != 0; c = owner.strings.get(++at)) {
            hash = 31 * hash + c;
        }
        return notZero(hash);
    }

    /** The first bytes of an own type's name as a number; 0 when it has none, or a shorter one at the section's end. */
    int nameBeginning(int id) {
        int at = types.getInt(offsets[id - first]) - firstString;
        return at <= 0 || at > strings.limit() - Integer.BYTES ? 0 : strings.getInt(at) & BEGINNING_MASK;
    }

    static int beginning(byte[] name) {
        return name[0] & 0xff | (name[1] & 0xff) << 8 | (name[2] & 0xff) << 16;
    }

    /** The {@link #nameHash}, or 0 when the name has a {@code ___} and may so be more than it says. */
    int plainNameHash(int id) {
        int position = types.getInt(offsets[id - first]);
        int at = position - firstString;
        if (position <= 0 || at < 0 || at >= strings.limit()) {
            return 0;
        }
        int hash = 0;
        int underscores = 0;
        for (byte c = strings.get(at); c != 0; c = strings.get(++at)) {
            hash = 31 * hash + c;
            underscores = c == '_' ? underscores + 1 : 0;
            if (underscores == 3) {
                return 0;
            }
        }
        return notZero(hash);
    }

    static int hash(byte[] name) {
        int hash = 0;
        for (byte c : name) {
            hash = 31 * hash + c;
        }
        return notZero(hash);
    }

    private static int notZero(int hash) {
        return hash == 0 ? 1 : hash;
    }

    /** The NUL-terminated string at an offset of the string section; parse() made sure that there is a last NUL. */
    String string(int position) {
        if (base != null && position >= 0 && position < firstString) {
            return base.string(position);
        }
        int offset = position - firstString;
        if (position < 0 || offset >= strings.limit()) {
            throw new BtfFormatException("BTF string " + (position & 0xffffffffL) + " does not exist");
        }
        int end = offset;
        while (strings.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - offset];
        strings.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
