// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mapping whose fields have the declared types.
 *
 * <p>A field that was missing or wrong is absent here and its accessor gives a neutral value; the problem is already
 * reported, and no model is handed out while there is one.
 */
public final class Section implements Value {
    private final Position at;
    private final Path path;
    private final ObjectSchema schema;
    private final Map<String, Value> values;
    private final boolean whole;

    Section(Position at, Path path, ObjectSchema schema, Map<String, Value> values, boolean whole) {
        this.at = at;
        this.path = path;
        this.schema = schema;
        this.values = values;
        this.whole = whole;
    }

    @Override
    public Position at() {
        return at;
    }

    @Override
    public String where() {
        return path.toString();
    }

    /** Whether nothing in this mapping itself was wrong; rules over several of its fields hold only then. */
    public boolean whole() {
        return whole;
    }

    /** Whether the field is given with a value of the right type. */
    public boolean has(String field) {
        return value(field) != null;
    }

    /** Where the field stands; the mapping's own place when it is absent. */
    public Position at(String field) {
        Value value = value(field);
        return value == null ? at : value.at();
    }

    /** The name of the field for an error. */
    public String where(String field) {
        return path.field(field).toString();
    }

    /** The text of a field, or an empty one. */
    public String text(String field) {
        return value(field) instanceof TextValue value ? value.text() : "";
    }

    /** The flag of a field. */
    public boolean flag(String field, boolean otherwise) {
        return value(field) instanceof FlagValue value ? value.flag() : otherwise;
    }

    /** The integer of a field. */
    public long whole(String field, long otherwise) {
        return value(field) instanceof WholeValue value ? value.whole() : otherwise;
    }

    /** The mapping of a field, or null. */
    public @Nullable Section section(String field) {
        return value(field) instanceof Section value ? value : null;
    }

    /** The mappings of a list. */
    public List<Section> sections(String field) {
        return items(field, Section.class);
    }

    /** The texts of a list with their places. */
    public List<TextValue> texts(String field) {
        return items(field, TextValue.class);
    }

    /** The integers of a list with their places. */
    public List<WholeValue> wholes(String field) {
        return items(field, WholeValue.class);
    }

    /** How many entries of the right type a list has. */
    public int count(String field) {
        return value(field) instanceof ListValue list ? list.items().size() : 0;
    }

    /** The texts of a mapping from names. */
    public Map<String, String> textMap(String field) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (value(field) instanceof MapValue map) {
            map.values().forEach((key, value) -> texts.put(key, ((TextValue) value).text()));
        }
        return texts;
    }

    /** The mappings of a mapping from names. */
    public Map<String, Section> sectionMap(String field) {
        Map<String, Section> sections = new LinkedHashMap<>();
        if (value(field) instanceof MapValue map) {
            map.values().forEach((key, value) -> sections.put(key, (Section) value));
        }
        return sections;
    }

    /** The names of the fields that are given. */
    public List<String> given() {
        return List.copyOf(values.keySet());
    }

    /** Values of any kind below this one, itself counted; what copying it costs. */
    public int size() {
        return size(this);
    }

    /** The same mapping with more fields, which this one does not have. */
    public Section with(Map<String, Value> more) {
        Map<String, Value> all = new LinkedHashMap<>(values);
        all.putAll(more);
        return new Section(at, path, schema, all, whole);
    }

    /** The value of a field, or null. */
    public @Nullable Value value(String field) {
        if (!schema.fields().containsKey(field)) {
            throw new IllegalArgumentException(schema.title() + " has no field " + field);
        }
        return values.get(field);
    }

    /** Whether this kind of mapping has such a field at all. */
    public boolean knows(String field) {
        return schema.fields().containsKey(field);
    }

    private <T extends Value> List<T> items(String field, Class<T> type) {
        if (!(value(field) instanceof ListValue list)) {
            return List.of();
        }
        List<T> items = new ArrayList<>(list.items().size());
        for (Value item : list.items()) {
            items.add(type.cast(item));
        }
        return items;
    }

    private static int size(Value value) {
        int size = 1;
        if (value instanceof Section section) {
            for (Value field : section.values.values()) {
                size += size(field);
            }
        } else if (value instanceof ListValue list) {
            for (Value item : list.items()) {
                size += size(item);
            }
        } else if (value instanceof MapValue map) {
            for (Value item : map.values().values()) {
                size += size(item);
            }
        }
        return size;
    }
}
