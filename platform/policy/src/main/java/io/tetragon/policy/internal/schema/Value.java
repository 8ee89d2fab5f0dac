// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import io.tetragon.policy.model.Position;
import java.util.List;
import java.util.Map;

/** A value of the declared type, with its place. */
public sealed interface Value permits Value.TextValue, Value.FlagValue, Value.WholeValue, Value.ListValue,
        Value.MapValue, Section {

    /** Where it stands. */
    Position at();

    /** The field it belongs to, as an error shows it. */
    String where();

    /** A text or word. */
    record TextValue(Position at, Path path, String text) implements Value {
        @Override
        public String where() {
            return path.toString();
        }
    }

    /** True or false. */
    record FlagValue(Position at, Path path, boolean flag) implements Value {
        @Override
        public String where() {
            return path.toString();
        }
    }

    /** An integer. */
    record WholeValue(Position at, Path path, long whole) implements Value {
        @Override
        public String where() {
            return path.toString();
        }
    }

    /** A list; entries of the wrong type are already reported and left out, and it is then not whole. */
    record ListValue(Position at, Path path, List<Value> items, boolean whole) implements Value {
        @Override
        public String where() {
            return path.toString();
        }
    }

    /** A mapping from names of the user's choice. */
    record MapValue(Position at, Path path, Map<String, Value> values) implements Value {
        @Override
        public String where() {
            return path.toString();
        }
    }
}
