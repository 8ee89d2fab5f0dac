// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the writer writes is what a JSON parser reads. */
class JsonWriterTest {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

    @Test
    void everyCharacterOfTheBasicPlaneSurvivesInAString() throws IOException {
        for (int c = 0; c <= 0xFFFF; c++) {
            String text = "a" + (char) c + "b";
            String expected = Character.isSurrogate((char) c) ? "a\uFFFDb" : text;
            assertEquals(expected, parsed(out -> out.string(text)).textValue(), "U+" + Integer.toHexString(c));
        }
    }

    @Test
    void everyCharacterSurvivesAsUtf8Bytes() throws IOException {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x800 ? 1 : 37) {
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                continue;
            }
            String text = "a" + Character.toString(c) + "b";
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            assertEquals(text, parsed(out -> out.string(utf8)).textValue(), "U+" + Integer.toHexString(c));
            assertEquals(text, parsed(out -> out.string(text)).textValue(), "U+" + Integer.toHexString(c));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD800", "\uDC00", "\uD800\uD800", "\uDC00\uD800", "x\uD83D", "\uD83Dx", "\uD83D\uDE00\uDE00"})
    void aLoneSurrogateBecomesTheReplacementCharacter(String text) throws IOException {
        String expected = text.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        assertEquals(expected, parsed(out -> out.string(text)).textValue());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\\u0000|\\u0000", "\\u0007|\\u0007", "\\b|\\b", "\\t|\\t", "\\n|\\n", "\\f|\\f", "\\r|\\r", "\\u001f|\\u001f",
        "\\\"|\\\"", "\\\\\\\\|\\\\\\\\", "/|/", "=|=", "<|<", "&|&", "\\u007f|\u007f", "\\u2028|\u2028"
    })
    void escapesNoMoreThanJsonAsksFor(String written, String expected) throws IOException {
        String text = JSON.readTree('"' + written.replace("\\\\\\\\", "\\\\") + '"').textValue();
        JsonWriter out = new JsonWriter(0).string(text);
        assertEquals('"' + expected.replace("\\\\\\\\", "\\\\") + '"', out.toString());
    }

    @Test
    void writesOnlyThePartOfAnArrayThatItIsAskedFor() {
        byte[] bytes = "\"abc\"\n".getBytes(StandardCharsets.UTF_8);
        assertEquals("\"abc\"", new JsonWriter(0).string(bytes, 1, 3).toString());
        assertEquals("\"\"", new JsonWriter(0).string(bytes, 3, 0).toString());
        assertEquals("\"\\\"\\n\"", new JsonWriter(0).string(bytes, 4, 2).toString());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 9, 10, -10, 99, 100, 999_999_999_999_999_999L, Integer.MAX_VALUE, Integer.MIN_VALUE,
        Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1})
    void writesNumbersInFull(long value) throws IOException {
        assertEquals(Long.toString(value), new JsonWriter(0).number(value).toString());
        assertEquals(Long.toString(value), parsed(out -> out.longString(value)).textValue());
        assertEquals(Long.toUnsignedString(value), parsed(out -> out.unsignedLongString(value)).textValue());
        assertEquals(Integer.toUnsignedLong((int) value), parsed(out -> out.unsigned((int) value)).longValue());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1970-01-01T00:00:00Z",
        "1, 1970-01-01T00:00:00.000000001Z",
        "1000, 1970-01-01T00:00:00.000001Z",
        "1000000, 1970-01-01T00:00:00.001Z",
        "1000000000, 1970-01-01T00:00:01Z",
        "100000000, 1970-01-01T00:00:00.100Z",
        "999999999, 1970-01-01T00:00:00.999999999Z",
        "-1, 1969-12-31T23:59:59.999999999Z",
        "-1000, 1969-12-31T23:59:59.999999Z",
        "-1000000000, 1969-12-31T23:59:59Z",
        "951782400000000000, 2000-02-29T00:00:00Z",
        "1700000000123456789, 2023-11-14T22:13:20.123456789Z",
        "4102444799000000000, 2099-12-31T23:59:59Z",
        "9223372036854775807, 2262-04-11T23:47:16.854775807Z",
        "-9223372036854775808, 1677-09-21T00:12:43.145224192Z"
    })
    void writesTimestampsWithAsManyDigitsAsTheyNeed(long nanos, String expected) throws IOException {
        String written = parsed(out -> out.timestamp(nanos)).textValue();
        assertEquals(expected, written);
        Instant read = Instant.parse(written);
        assertEquals(Math.floorDiv(nanos, 1_000_000_000L), read.getEpochSecond());
        assertEquals(Math.floorMod(nanos, 1_000_000_000L), read.getNano());
    }

    @Test
    void aTimestampDoesNotDependOnTheOneBefore() {
        JsonWriter out = new JsonWriter(0);
        out.beginArray().timestamp(5).timestamp(1_000_000_005L).timestamp(-5).timestamp(6).timestamp(0).endArray();
        assertEquals("[\"1970-01-01T00:00:00.000000005Z\",\"1970-01-01T00:00:01.000000005Z\","
                + "\"1969-12-31T23:59:59.999999995Z\",\"1970-01-01T00:00:00.000000006Z\",\"1970-01-01T00:00:00Z\"]",
                out.toString());
    }

    @Test
    void putsCommasBetweenMembersElementsAndRawPieces() throws IOException {
        byte[] member = "\"r\":[1]".getBytes(StandardCharsets.UTF_8);
        byte[] value = "{\"v\":2}".getBytes(StandardCharsets.UTF_8);
        JsonWriter out = new JsonWriter(0);
        out.beginObject().raw(member).raw(new byte[0]).name("a").raw(value);
        out.name("empty").beginObject().endObject().name("none").beginArray().endArray();
        out.name("list").beginArray().number(1).beginObject().endObject().bool(false).string("]").raw(value);
        out.beginArray().endArray().beginArray().string("").endArray().endArray();
        out.raw(member).name("last").bool(true).endObject().put((byte) '\n').beginObject().endObject();
        assertEquals("{\"r\":[1],\"a\":{\"v\":2},\"empty\":{},\"none\":[],\"list\":[1,{},false,\"]\",{\"v\":2},[],[\"\"]],"
                + "\"r\":[1],\"last\":true}\n{}", out.toString());
    }

    @Test
    void textThatLooksLikeStructureDoesNotConfuseCommas() throws IOException {
        for (String text : new String[] {"{", "[", ":", ",", "\n", "}", "\\", "\\\"", ""}) {
            JsonNode read = parsed(out -> out.beginArray().string(text).string(text).number(1).endArray());
            assertEquals(text, read.get(0).textValue());
            assertEquals(text, read.get(1).textValue());
            assertEquals(3, read.size());
        }
    }

    @Test
    void randomTreesComeBackAsTheyWere() throws IOException {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            JsonNode tree = tree(random, 0);
            JsonWriter out = new JsonWriter(0);
            write(out, tree);
            assertEquals(tree, JSON.readTree(out.toByteArray()), "seed " + seed);
        }
    }

    @Test
    void truncatingTakesBackTheLastMember() throws IOException {
        JsonWriter out = new JsonWriter(0).beginObject().name("a").number(1);
        int before = out.length();
        out.name("b").string("dropped").truncate(before);
        out.name("c").number(2).endObject();
        assertEquals("{\"a\":1,\"c\":2}", out.toString());
        assertThrows(IndexOutOfBoundsException.class, () -> out.truncate(out.length() + 1));
        assertThrows(IndexOutOfBoundsException.class, () -> out.truncate(-1));
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        out.writeTo(stream);
        assertArrayEquals(stream.toByteArray(), out.toByteArray());
    }

    @Test
    void growsAroundEveryBoundaryOfTheBuffer() throws IOException {
        for (int size = 50; size < 80; size++) {
            String text = "x".repeat(size);
            assertEquals(text + "\u0001\"", parsed(out -> out.string(text + "\u0001\"")).textValue());
            JsonNode read = parsed(out -> out.beginObject().name("k").string(text).name("t").timestamp(1).name("n")
                    .number(Long.MIN_VALUE).endObject());
            assertEquals(text, read.get("k").textValue());
            assertEquals(Long.MIN_VALUE, read.get("n").longValue());
        }
    }

    private static JsonNode parsed(Consumer<JsonWriter> writing) throws IOException {
        JsonWriter out = new JsonWriter(0);
        writing.accept(out);
        return JSON.readTree(out.toByteArray());
    }

    private static JsonNode tree(Random random, int depth) {
        int kind = random.nextInt(depth > 5 ? 3 : 5);
        if (kind == 3) {
            ObjectNode object = JSON.createObjectNode();
            for (int i = random.nextInt(5); i > 0; i--) {
                object.set("m" + i, tree(random, depth + 1));
            }
            return object;
        }
        if (kind == 4) {
            ArrayNode array = JSON.createArrayNode();
            for (int i = random.nextInt(5); i > 0; i--) {
                array.add(tree(random, depth + 1));
            }
            return array;
        }
        return switch (kind) {
            case 0 -> JSON.getNodeFactory().booleanNode(random.nextBoolean());
            case 1 -> JSON.getNodeFactory().numberNode(java.math.BigInteger.valueOf(random.nextLong()));
            default -> JSON.getNodeFactory().textNode(text(random));
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            int c = random.nextInt(random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT);
            text.appendCodePoint(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '?' : c);
        }
        return text.toString();
    }

    private static void write(JsonWriter out, JsonNode node) {
        if (node.isObject()) {
            out.beginObject();
            node.fields().forEachRemaining(member -> {
                out.name(member.getKey());
                write(out, member.getValue());
            });
            out.endObject();
        } else if (node.isArray()) {
            out.beginArray();
            node.forEach(element -> write(out, element));
            out.endArray();
        } else if (node.isBoolean()) {
            out.bool(node.booleanValue());
        } else if (node.isNumber()) {
            out.number(node.longValue());
        } else if (node.textValue().hashCode() % 2 == 0) {
            out.string(node.textValue());
        } else {
            out.string(node.textValue().getBytes(StandardCharsets.UTF_8));
        }
    }
}
