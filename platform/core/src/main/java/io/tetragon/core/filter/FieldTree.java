// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a message and of the messages in it, found by number in protobuf and by name in JSON. A tree without children
 * is a whole field. Masks have few fields, so a look-up is a walk over a short array. Immutable.
 */
final class FieldTree {
    private final int[] numbers;
    private final byte[][] names;
    private final FieldTree[] children;

    private FieldTree(Map<Integer, Builder> fields) {
        numbers = fields.keySet().stream().mapToInt(Integer::intValue).toArray();
        names = fields.values().stream().map(b -> b.name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
        children = fields.values().stream().map(Builder::build).toArray(FieldTree[]::new);
    }

    boolean isWhole() {
        return children.length == 0;
    }

    @Nullable FieldTree child(int number) {
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] == number) {
                return children[i];
            }
        }
        return null;
    }

    /** Finds the child whose name is in a part of an array. */
    @Nullable FieldTree child(byte[] text, int from, int to) {
        for (int i = 0; i < names.length; i++) {
            if (Arrays.equals(names[i], 0, names[i].length, text, from, to)) {
                return children[i];
            }
        }
        return null;
    }

    /** Collects paths. */
    static final class Builder {
        private final String name;
        private final Map<Integer, Builder> fields = new TreeMap<>();
        private boolean whole;

        Builder() {
            this("");
        }

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Adds a path.
         *
         * @return whether the message has it; a path into a map, or into a message that JSON writes as a value, is none
         */
        boolean add(@Nullable Descriptor message, String path) {
            FieldDescriptor[] fields = resolve(message, path.split("\\.", -1));
            if (fields == null) {
                return false;
            }
            Builder at = this;
            for (FieldDescriptor field : fields) {
                at = at.fields.computeIfAbsent(field.getNumber(), number -> new Builder(field.getName()));
            }
            at.whole = true;
            return true;
        }

        FieldTree build() {
            return new FieldTree(whole ? Map.of() : fields);
        }

        private static FieldDescriptor @Nullable [] resolve(@Nullable Descriptor message, String[] names) {
            FieldDescriptor[] fields = new FieldDescriptor[names.length];
            Descriptor in = message;
            for (int i = 0; i < names.length; i++) {
                FieldDescriptor field = in == null ? null : find(in, names[i]);
                if (field == null) {
                    return null;
                }
                fields[i] = field;
                in = hasFields(field) ? field.getMessageType() : null;
            }
            return fields;
        }

        private static @Nullable FieldDescriptor find(Descriptor message, String name) {
            for (FieldDescriptor field : message.getFields()) {
                if (field.getName().equals(name) || field.getJsonName().equals(name)) {
                    return field;
                }
            }
            return null;
        }

        private static boolean hasFields(FieldDescriptor field) {
            return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && !field.isMapField()
                    && !field.getMessageType().getFile().getPackage().equals("google.protobuf");
        }
    }
}
