// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tetragon.proto.GetEventsResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes from anywhere become text that everybody can read. */
class Utf8Test {
    private static String json(byte[] bytes) throws JsonProcessingException {
        return new ObjectMapper().readValue(new JsonWriter(0).text(bytes, 0, bytes.length).toString(), String.class);
    }

    private static String proto(byte[] bytes) throws InvalidProtocolBufferException {
        return GetEventsResponse.parseFrom(new ProtoWriter(0).textElement(1000, bytes, 0, bytes.length).toByteArray())
                .getNodeName();
    }

    @ParameterizedTest
    @CsvSource({"'',''", "616263,abc", "c3a4,ä", "f09f9880,😀", "ff,�", "fffeff,�", "61ff62ff63,a�b�c", "c0af,�", "e0808061,�a",
        "eda080,�", "f4908080,�", "f0288cbc,�(�", "c3,�", "61e282,a�", "efbfbd,�", "80c3a4,�ä",
        "c1bf,�", "e080af,�", "e09fbf,�", "f08080af,�", "f08fbfbf,�", "edbfbf,�", "f5808080,�", "fc808080,�",
        "e282,�", "f09f98,�", "c341,�A", "e28241,�A", "f09f9841,�A", "ffe282acff,�€�"})
    void eachRunOfBadBytesIsOneReplacement(String hex, String text) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertEquals(text, json(bytes));
        assertEquals(text, proto(bytes));
        assertEquals(text, new String(Utf8.valid(bytes, 0, bytes.length), StandardCharsets.UTF_8));
    }

    @Test
    void validTextIsLeftAsItIsAndTheRestBecomesValid() throws IOException {
        Random random = new Random(8);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(3) == 0 ? bytes[i] : (byte) ('a' + random.nextInt(26));
            }
            String text = json(bytes);
            assertEquals(text, proto(bytes));
            try {
                assertEquals(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(),
                        proto(bytes));
            } catch (CharacterCodingException e) {
                assertEquals(true, text.contains("\uFFFD"), () -> HexFormat.of().formatHex(bytes));
            }
        }
    }

    @Test
    void onlyThePartThatIsAskedForIsWritten() throws InvalidProtocolBufferException {
        byte[] bytes = {(byte) 0xFF, 'a', 'b', (byte) 0xC3};
        assertEquals("\"ab\"", new JsonWriter(0).text(bytes, 1, 2).toString());
        assertArrayEquals(new ProtoWriter(0).bytesElement(3, new byte[] {'a', 'b'}).toByteArray(),
                new ProtoWriter(0).bytesElement(3, bytes, 1, 2).toByteArray());
        assertEquals("", GetEventsResponse.parseFrom(new ProtoWriter(0).textElement(1000, bytes, 2, 0).toByteArray())
                .getNodeName());
    }

    @Test
    void base64IsThatOfEverybodyElse() {
        Random random = new Random(64);
        for (int size = 0; size < 300; size++) {
            byte[] bytes = new byte[size + 5];
            random.nextBytes(bytes);
            String expected = Base64.getEncoder().encodeToString(Arrays.copyOfRange(bytes, 2, size + 2));
            JsonWriter out = new JsonWriter(0).beginArray().base64(bytes, 2, size).base64(bytes, 2, size).endArray();
            assertEquals("[\"" + expected + "\",\"" + expected + "\"]", out.toString());
        }
    }
}
