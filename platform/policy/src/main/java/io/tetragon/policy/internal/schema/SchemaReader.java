// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Value.FlagValue;
import io.tetragon.policy.internal.schema.Value.ListValue;
import io.tetragon.policy.internal.schema.Value.MapValue;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.internal.schema.Value.WholeValue;
import io.tetragon.policy.internal.yaml.YamlNode;
import io.tetragon.policy.internal.yaml.YamlNode.Entry;
import io.tetragon.policy.internal.yaml.YamlNode.Mapping;
import io.tetragon.policy.internal.yaml.YamlNode.Scalar;
import io.tetragon.policy.internal.yaml.YamlNode.Sequence;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Holds a document against the declared fields: unknown, missing, null and wrong ones are reported, the rest typed. */
public final class SchemaReader {
    private final Problems problems;

    private SchemaReader(Problems problems) {
        this.problems = problems;
    }

    /** Reads a whole policy; null when the document is no mapping. */
    public static @Nullable Section read(YamlNode document, Problems problems) {
        SchemaReader reader = new SchemaReader(problems);
        return (Section) reader.value(document, new FieldType.Group(PolicySchema.POLICY), Path.ROOT);
    }

    private @Nullable Value value(YamlNode node, FieldType type, Path path) {
        if (type instanceof FieldType.Group group && node instanceof Mapping mapping) {
            return group(mapping, group.schema(), path);
        }
        if (type instanceof FieldType.ListOf list && node instanceof Sequence sequence) {
            return list(sequence, list, path);
        }
        if (type instanceof FieldType.MapOf map && node instanceof Mapping mapping) {
            return map(mapping, map, path);
        }
        if (node instanceof Scalar scalar && !(type instanceof FieldType.Foreign)) {
            Value value = scalar(scalar, type, path);
            if (value != null) {
                return value;
            }
        } else if (!(type instanceof FieldType.Foreign)) {
            wrongType(node, type, path);
        }
        return null;
    }

    private Section group(Mapping mapping, ObjectSchema schema, Path path) {
        Map<String, Value> values = new LinkedHashMap<>();
        boolean whole = true;
        for (Entry entry : mapping.entries()) {
            Field field = schema.fields().get(entry.key());
            if (field == null) {
                problems.error(entry.at(), path.toString(), "unknown field " + Problems.quote(entry.key()),
                        schema.title() + " has no such field", hint(entry.key(), schema.fields().keySet()));
                whole = false;
                continue;
            }
            if (isNull(entry.value()) && field.nullable()) {
                continue;
            }
            Path below = path.field(field.name());
            if (!field.instead().isEmpty()) {
                old(field, entry, mapping, below);
            }
            Value value = value(entry.value(), field.type(), below);
            if (value != null) {
                values.put(field.name(), value);
                whole &= !(value instanceof ListValue list) || list.whole();
            } else if (!(field.type() instanceof FieldType.Foreign)) {
                whole = false;
            }
        }
        return new Section(mapping.at(), path, schema, values, whole & complete(mapping, schema, path));
    }

    private boolean complete(Mapping mapping, ObjectSchema schema, Path path) {
        boolean complete = true;
        for (Field field : schema.fields().values()) {
            if (field.required() && mapping.entries().stream().noneMatch(entry -> gives(entry, field, schema))) {
                problems.error(mapping.at(), path.toString(), "field \"" + field.name() + "\" is missing",
                        schema.title() + " needs it", "");
                complete = false;
            }
        }
        return complete;
    }

    private static boolean gives(Entry entry, Field field, ObjectSchema schema) {
        Field given = schema.fields().get(entry.key());
        return given != null && (given == field || given.instead().equals(field.name()));
    }

    private void old(Field field, Entry entry, Mapping mapping, Path path) {
        if (mapping.entries().stream().anyMatch(other -> other.key().equals(field.instead()))) {
            problems.error(entry.at(), path.toString(), "both \"" + field.name() + "\" and \"" + field.instead() + "\"",
                    "they are the old and the new name of one field", "keep \"" + field.instead() + "\"");
        } else {
            problems.warning(entry.at(), path.toString(), "\"" + field.name() + "\" is an old name", "",
                    "write \"" + field.instead() + "\"");
        }
    }

    private ListValue list(Sequence sequence, FieldType.ListOf type, Path path) {
        if (type.max() > 0 && sequence.items().size() > type.max()) {
            problems.error(sequence.items().get(type.max()).at(), path.toString(),
                    sequence.items().size() + " entries", "the limit is " + type.max(), "");
        }
        List<Value> items = new ArrayList<>(sequence.items().size());
        for (int i = 0; i < sequence.items().size(); i++) {
            Value item = value(sequence.items().get(i), type.element(), path.item(i));
            if (item != null) {
                items.add(item);
            }
        }
        return new ListValue(sequence.at(), path, items, items.size() == sequence.items().size());
    }

    private MapValue map(Mapping mapping, FieldType.MapOf type, Path path) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (Entry entry : mapping.entries()) {
            Value value = value(entry.value(), type.value(), path.key(entry.key()));
            if (value != null) {
                values.put(entry.key(), value);
            }
        }
        return new MapValue(mapping.at(), path, values);
    }

    private @Nullable Value scalar(Scalar scalar, FieldType type, Path path) {
        if (scalar.isNull()) {
            problems.error(scalar.at(), path.toString(), "no value", "the field takes " + type.article(),
                    "remove the field or give it a value");
            return null;
        }
        if (type instanceof FieldType.Text && ScalarType.of(scalar) == ScalarType.TEXT) {
            return new TextValue(scalar.at(), path, scalar.text());
        }
        if (type instanceof FieldType.Words words && ScalarType.of(scalar) == ScalarType.TEXT) {
            return word(scalar, words, path);
        }
        if (type instanceof FieldType.Flag && ScalarType.of(scalar) == ScalarType.FLAG) {
            return new FlagValue(scalar.at(), path, ScalarType.flag(scalar.text()));
        }
        if (type instanceof FieldType.Whole range && ScalarType.of(scalar) == ScalarType.WHOLE) {
            return whole(scalar, range, path);
        }
        wrongType(scalar, type, path);
        return null;
    }

    private @Nullable Value word(Scalar scalar, FieldType.Words type, Path path) {
        for (String word : type.words()) {
            if (type.anyCase() ? word.equalsIgnoreCase(scalar.text()) : word.equals(scalar.text())) {
                return new TextValue(scalar.at(), path, word);
            }
        }
        String hint = hint(scalar.text(), type.words());
        problems.error(scalar.at(), path.toString(), "unknown value " + Problems.quote(scalar.text()),
                type.words().size() > 20 ? "" : "it is one of " + listed(type.words()), hint);
        return null;
    }

    private @Nullable Value whole(Scalar scalar, FieldType.Whole range, Path path) {
        Long whole = ScalarType.whole(scalar.text());
        if (whole == null || whole < range.min() || whole > range.max()) {
            problems.error(scalar.at(), path.toString(), "value " + Problems.quote(scalar.text()) + " is out of range",
                    "it lies from " + range.min() + " to " + range.max(), "");
            return null;
        }
        return new WholeValue(scalar.at(), path, whole);
    }

    private void wrongType(YamlNode node, FieldType type, Path path) {
        ScalarType given = node instanceof Scalar scalar ? ScalarType.of(scalar) : null;
        String found = node instanceof Sequence ? "a list" : given == null ? "a mapping" : given.article();
        boolean texts = type instanceof FieldType.Text || type instanceof FieldType.Words;
        String remedy = "";
        if (texts && given != null) {
            remedy = "put it in quotes";
        } else if (given == ScalarType.TEXT && ScalarType.of(new Scalar(node.at(), ((Scalar) node).text(), true))
                != ScalarType.TEXT) {
            remedy = "remove the quotes";
        } else if (type instanceof FieldType.ListOf) {
            remedy = "begin each entry with \"- \"";
        }
        problems.error(node.at(), path.toString(), "wrong type", "the field takes " + type.article() + ", this is "
                + found, remedy);
    }

    private static String listed(List<String> words) {
        return words.stream().filter(word -> !word.isEmpty()).collect(Collectors.joining(", "));
    }

    private String hint(String given, Collection<String> known) {
        return problems.full() ? "" : Nearest.hint(given, known);
    }

    private static boolean isNull(YamlNode node) {
        return node instanceof Scalar scalar && scalar.isNull();
    }
}
