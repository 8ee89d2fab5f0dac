// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.yaml;

import io.tetragon.policy.model.Position;
import java.util.List;

/** A piece of YAML with its place. The number of nodes and their depth are bounded, so walks may recurse. */
public sealed interface YamlNode {

    /** Where it begins. */
    Position at();

    /**
     * A text, a number, a boolean or nothing: which one, the reader of the field decides.
     *
     * @param plain whether it was written without quotes, hence may be something else than text
     */
    record Scalar(Position at, String text, boolean plain) implements YamlNode {
        /** Whether it says null. */
        public boolean isNull() {
            return plain && switch (text) {
                case "", "~", "null", "Null", "NULL" -> true;
                default -> false;
            };
        }
    }

    /** A list. */
    record Sequence(Position at, List<YamlNode> items) implements YamlNode {}

    /** A mapping, its keys unique and in order of appearance. */
    record Mapping(Position at, List<Entry> entries) implements YamlNode {}

    /** One key of a mapping. */
    record Entry(Position at, String key, YamlNode value) {}
}
