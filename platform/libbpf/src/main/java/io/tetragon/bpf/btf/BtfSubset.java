// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The few types of a kernel that relocations ask for, as a BTF section of its own: all types of some names with all their
 * members and whatever lies in them by value. What a member points to is left out (the pointer is one to {@code void}),
 * because relocations of fields, sizes and enumeration values never look there. Immutable.
 */
public final class BtfSubset {
    private static final int MAGIC = 0xeb9f;
    private static final int SECTION_HEADER = 24;
    /** Kinds that relocations look for by name. */
    private static final int NAMED = 1 << BtfDecoder.INT | 1 << BtfDecoder.STRUCT | 1 << BtfDecoder.UNION
            | 1 << BtfDecoder.ENUM | 1 << BtfDecoder.FWD | 1 << BtfDecoder.TYPEDEF | 1 << BtfDecoder.FLOAT
            | 1 << BtfDecoder.ENUM64;

    private final byte[] section;
    private final Map<String, List<Root>> roots;

    private BtfSubset(byte[] section, Map<String, List<Root>> roots) {
        this.section = section;
        this.roots = roots;
    }

    /** A type that was asked for, by its id in the whole. */
    private record Root(int kind, int id) {
    }

    /**
     * Takes the types of some names.
     *
     * @param whole stands alone, without a base
     * @param names without flavours; all types of these names are taken, and those with a flavour of them
     * @throws BtfFormatException when one of these types is malformed
     */
    public static BtfSubset of(Btf whole, Set<String> names) {
        Map<String, List<Root>> roots = roots(whole, names);
        Copy copy = new Copy(whole);
        roots.values().forEach(same -> same.forEach(root -> copy.place(root.id())));
        return new BtfSubset(copy.finish(), roots);
    }

    /**
     * Whether types of some names exist, of a kind that a subset takes.
     *
     * @param btf its own types are searched, not those of its base
     * @throws BtfFormatException when one of these types is malformed
     */
    public static boolean hasAny(Btf btf, Set<String> names) {
        return !roots(btf, names).isEmpty();
    }

    private static Map<String, List<Root>> roots(Btf btf, Set<String> names) {
        BtfNames wanted = new BtfNames(names);
        Map<String, List<Root>> roots = new LinkedHashMap<>();
        for (int id = btf.firstType(); id < btf.typeCount(); id++) {
            int kind = btf.kind(id);
            if ((NAMED & 1 << kind) != 0) {
                String name = wanted.match(btf, id);
                if (!name.isEmpty()) {
                    roots.computeIfAbsent(name, key -> new ArrayList<>()).add(new Root(kind, id));
                }
            }
        }
        return roots;
    }

    /** @return the BTF section */
    public byte[] section() {
        return section.clone();
    }

    /** @return whether there is a type of that name */
    public boolean has(String name) {
        return roots.containsKey(name);
    }

    /** @return the ids, in the whole, of the types of a name and kind; both widths of enumerations are one kind */
    List<Integer> ids(String name, int kind) {
        return roots.getOrDefault(name, List.of()).stream().filter(root -> oneEnum(root.kind()) == oneEnum(kind))
                .map(Root::id).toList();
    }

    private static int oneEnum(int kind) {
        return kind == BtfDecoder.ENUM64 ? BtfDecoder.ENUM : kind;
    }

    /** The copying of types under new ids, which are given in the order of {@link #order}. */
    private static final class Copy {
        private final Btf whole;
        private final Map<Integer, Integer> placed = new HashMap<>();
        private final List<Integer> order = new ArrayList<>();
        private final Map<String, Integer> strings = new HashMap<>();
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();
        private final ByteArrayOutputStream types = new ByteArrayOutputStream();

        Copy(Btf whole) {
            this.whole = whole;
            string("");
        }

        /** @return the new id of a type */
        int place(int id) {
            if (id == 0) {
                return 0;
            }
            if (id < whole.firstType() || id >= whole.typeCount()) {
                throw new BtfFormatException("BTF type " + id + " does not exist");
            }
            int source = switch (whole.kind(id)) {
                case BtfDecoder.INT, BtfDecoder.ARRAY, BtfDecoder.STRUCT, BtfDecoder.UNION, BtfDecoder.ENUM,
                        BtfDecoder.FWD, BtfDecoder.TYPEDEF, BtfDecoder.VOLATILE, BtfDecoder.CONST,
                        BtfDecoder.RESTRICT, BtfDecoder.FLOAT, BtfDecoder.TYPE_TAG, BtfDecoder.ENUM64 -> id;
                // all pointers are the same one
                case BtfDecoder.PTR -> 0;
                // a value of these does not exist, so nothing but a pointer can have led here
                default -> -1;
            };
            if (source < 0) {
                return 0;
            }
            Integer known = placed.get(source);
            if (known != null) {
                return known;
            }
            order.add(source);
            placed.put(source, order.size());
            return order.size();
        }

        byte[] finish() {
            // placing members adds to the list
            for (int i = 0; i < order.size(); i++) {
                int id = order.get(i);
                if (id == 0) {
                    write(0, BtfDecoder.PTR << 24, 0);
                } else {
                    copy(whole.record(id));
                }
            }
            ByteBuffer all = ByteBuffer.allocate(SECTION_HEADER + types.size() + text.size())
                    .order(ByteOrder.LITTLE_ENDIAN);
            all.putShort((short) MAGIC).put((byte) 1).put((byte) 0).putInt(SECTION_HEADER);
            all.putInt(0).putInt(types.size()).putInt(types.size()).putInt(text.size());
            return all.put(types.toByteArray()).put(text.toByteArray()).array();
        }

        private void copy(ByteBuffer record) {
            int info = record.getInt(4);
            int kind = BtfDecoder.kind(info);
            int value = record.getInt(8);
            boolean refers = switch (kind) {
                case BtfDecoder.TYPEDEF, BtfDecoder.VOLATILE, BtfDecoder.CONST, BtfDecoder.RESTRICT,
                        BtfDecoder.TYPE_TAG -> true;
                default -> false;
            };
            write(name(record, 0), info, refers ? place(value) : value);
            int entries = info & 0xffff;
            int at = BtfDecoder.HEADER;
            switch (kind) {
                case BtfDecoder.INT -> write(record.getInt(at));
                case BtfDecoder.ARRAY -> write(place(record.getInt(at)), place(record.getInt(at + 4)),
                        record.getInt(at + 8));
                case BtfDecoder.STRUCT, BtfDecoder.UNION -> {
                    for (int i = 0; i < entries; i++, at += 12) {
                        write(name(record, at), place(record.getInt(at + 4)), record.getInt(at + 8));
                    }
                }
                case BtfDecoder.ENUM -> {
                    for (int i = 0; i < entries; i++, at += 8) {
                        write(name(record, at), record.getInt(at + 4));
                    }
                }
                case BtfDecoder.ENUM64 -> {
                    for (int i = 0; i < entries; i++, at += 12) {
                        write(name(record, at), record.getInt(at + 4), record.getInt(at + 8));
                    }
                }
                default -> { }
            }
        }

        private int name(ByteBuffer record, int at) {
            int position = record.getInt(at);
            return position == 0 ? 0 : string(whole.string(position));
        }

        private int string(String name) {
            Integer known = strings.get(name);
            if (known != null) {
                return known;
            }
            int position = text.size();
            text.writeBytes(name.getBytes(StandardCharsets.UTF_8));
            text.write(0);
            strings.put(name, position);
            return position;
        }

        private void write(int... words) {
            for (int word : words) {
                types.write(word);
                types.write(word >>> 8);
                types.write(word >>> 16);
                types.write(word >>> 24);
            }
        }
    }
}
