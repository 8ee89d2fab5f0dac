// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The declared schema against upstream's: no field too few, none too many, types and words alike. */
class SchemaCoverageTest {
    /** Names of earlier releases, and parameters of actions that are gone. */
    private static final Set<String> OLD = Set.of("killers", "symbol", "stackTrace", "argFd", "argName");

    private record Row(String type, boolean required, String words) {}

    @Test
    void every_path_of_the_published_schema_is_known_and_nothing_else_is() throws IOException {
        Map<String, Row> published = published();
        Map<String, FieldType> declared = declared();
        Set<String> missing = new TreeSet<>(published.keySet());
        missing.removeAll(declared.keySet());
        Set<String> extra = new TreeSet<>(declared.keySet());
        extra.removeAll(published.keySet());
        assertEquals(Set.of(), missing);
        assertEquals(Set.of(), extra);
        assertEquals(published.size(), declared.size());
        assertTrue(published.size() > 1000, () -> published.size() + " paths");
    }

    @Test
    void every_type_and_word_of_the_published_schema_is_taken() throws IOException {
        Map<String, FieldType> declared = declared();
        published().forEach((path, row) -> {
            FieldType type = declared.get(path);
            String name = type instanceof FieldType.ListOf ? "array"
                    : type instanceof FieldType.MapOf ? "map"
                    : type instanceof FieldType.Group ? "object"
                    : type instanceof FieldType.Flag ? "boolean"
                    : type instanceof FieldType.Whole ? "integer" : "string";
            assertTrue(row.type().startsWith(name), () -> path + " is " + row.type() + ", declared " + name);
            if (!row.words().isEmpty()) {
                List<String> words = ((FieldType.Words) type).words();
                boolean anyCase = ((FieldType.Words) type).anyCase();
                for (String word : row.words().split("\\|")) {
                    assertTrue(words.stream().anyMatch(w -> anyCase ? w.equalsIgnoreCase(word) : w.equals(word)),
                            () -> path + " lacks " + word);
                }
            }
        });
    }

    @Test
    void required_fields_are_those_of_the_published_schema() throws IOException {
        Set<String> published = new TreeSet<>();
        published().forEach((path, row) -> {
            // The type of an argument is called required there, and has a default.
            if (row.required() && !path.endsWith(".type")) {
                published.add(path);
            }
        });
        Set<String> declared = new TreeSet<>();
        walk(PolicySchema.POLICY, "", new TreeMap<>(), declared);
        declared.removeIf(path -> !path.startsWith("spec"));
        assertEquals(published, declared);
    }

    private static Map<String, FieldType> declared() {
        Map<String, FieldType> paths = new TreeMap<>();
        walk(PolicySchema.POLICY, "", paths, new TreeSet<>());
        paths.keySet().removeIf(path -> !path.startsWith("spec"));
        return paths;
    }

    private static void walk(ObjectSchema schema, String prefix, Map<String, FieldType> paths, Set<String> required) {
        for (Field field : schema.fields().values()) {
            if (OLD.contains(field.name())) {
                continue;
            }
            String path = prefix + field.name();
            paths.put(path, field.type());
            if (field.required()) {
                required.add(path);
            }
            below(field.type(), path, paths, required);
        }
    }

    private static void below(FieldType type, String path, Map<String, FieldType> paths, Set<String> required) {
        if (type instanceof FieldType.Group group) {
            walk(group.schema(), path + ".", paths, required);
        } else if (type instanceof FieldType.ListOf list && list.element() instanceof FieldType.Group) {
            paths.put(path + "[]", list.element());
            below(list.element(), path + "[]", paths, required);
        } else if (type instanceof FieldType.MapOf map && map.value() instanceof FieldType.Group) {
            paths.put(path + "{}", map.value());
            below(map.value(), path + "{}", paths, required);
        }
    }

    private static Map<String, Row> published() throws IOException {
        Path facts = Path.of(System.getProperty("tetragon.shared", "../../../shared"), "facts/crd-paths.tsv");
        assumeTrue(Files.exists(facts), () -> facts.toAbsolutePath().normalize() + " is not there");
        Map<String, Row> rows = new TreeMap<>();
        for (String line : Files.readAllLines(facts)) {
            String[] cells = line.split("\t", -1);
            if (cells[0].equals("TracingPolicy")) {
                rows.put(cells[1], new Row(cells[2], cells[3].equals("required"), cells[5]));
            }
        }
        assertTrue(Arrays.asList("spec", "spec.kprobes[].call").stream().allMatch(rows::containsKey));
        return rows;
    }
}
