// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What one field must look like. */
public record Check(String description, Predicate<JsonNode> test) {
    private static final int SHOWN = 300;

    /** A string, number or boolean with this value. */
    public static Check is(Object value) {
        return new Check(
                "is " + shorten(value.toString()),
                node -> node.isValueNode() && node.asText().equals(value.toString()));
    }

    /** One of these values. */
    public static Check oneOf(Object... values) {
        return new Check(
                "is one of " + Arrays.toString(values),
                node -> node.isValueNode()
                        && Arrays.stream(values).anyMatch(value -> node.asText().equals(value.toString())));
    }

    /** A list of values or an object, given as JSON text; key order and blanks do not matter. */
    public static Check json(String text) {
        String wanted = text.replace('\'', '"').replace(" ", "");
        return new Check("is " + wanted, node -> node.toString().replace(" ", "").equals(wanted));
    }

    /** The field is not in the event. */
    public static Check absent() {
        return new Check("is absent", JsonNode::isMissingNode);
    }

    /** The field is there, whatever its value. */
    public static Check present() {
        return new Check("is present", node -> !node.isMissingNode());
    }

    public static Check matches(String regex) {
        Pattern pattern = Pattern.compile(regex, Pattern.DOTALL);
        return new Check("matches " + regex, node -> pattern.matcher(node.asText()).matches());
    }

    /** A string of words with all of these among them. */
    public static Check words(String... words) {
        return new Check(
                "has the words " + String.join(" ", words),
                node -> List.of(node.asText().split(" ")).containsAll(List.of(words)));
    }

    /** Anything else. */
    public static Check that(String description, Predicate<JsonNode> test) {
        return new Check(description, test);
    }

    /** Why {@code node} is not as wanted; empty if it is. */
    Optional<String> mismatch(String path, JsonNode node) {
        if (test.test(node)) {
            return Optional.empty();
        }
        String actual = node.isMissingNode() ? "absent" : shorten(node.toString());
        return Optional.of(path + " " + description + ", but was " + actual);
    }

    private static String shorten(String text) {
        return text.length() <= SHOWN
                ? text
                : text.substring(0, SHOWN / 2) + " ... " + text.substring(text.length() - SHOWN / 2) + " ("
                        + text.length() + " characters)";
    }
}
