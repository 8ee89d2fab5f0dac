// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes from the kernel as events show them. In the tables, {@code |} stands for the NUL behind each part. */
class TextTest {
    /** Text around an area, to notice whoever looks beyond it. */
    private static final String BEFORE = "<\0";
    private static final String BEHIND = "x\0>";

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(quoteCharacter = '\'', value = {
        "'cmd|', ''",
        "'cmd', ''",
        "'', ''",
        "'|', ''",
        "'cmd|a|', 'a'",
        "'cmd|a|b c|d|', 'a \"b c\" d'",
        // upstream prints the space of the first argument too when that is quoted
        "'cmd|a b|', ' \"a b\"'",
        "'cmd|a b|c|', ' \"a b\" c'",
        "'cmd||', ''",
        "'cmd||a|', ' a'",
        "'cmd|a||', 'a '",
        "'cmd|||', ' '",
        "'cmd| |', ' \" \"'",
        "'cmd| | | |', ' \" \" \" \" \" \"'",
        // nothing is escaped, and only the space makes quotes
        "'cmd|say \"x\"|', ' \"say \"x\"\"'",
        "'cmd|a\tb|c\nd|', 'a\tb c\nd'",
        "'|a|b|', 'a b'",
        // an area whose last NUL was overwritten, as setproctitle does
        "'cmd|a|b', 'a b'",
    })
    void argumentsAreJoinedAsUpstreamJoinsThem(String area, String expected) {
        byte[] bytes = around(area);
        byte[] text = ArgumentsText.of(bytes, BEFORE.length(), area.length());
        assertEquals(expected, new String(text, StandardCharsets.UTF_8));
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(quoteCharacter = '\'', value = {
        "'', /",
        "'usr|', /usr",
        "'bin|usr|', /usr/bin",
        "'c c|b|a|', '/a/b/c c'",
        // a name may hold anything but a slash and a NUL
        "'\n|..|', '/../\n'",
    })
    void componentsAreTurnedRound(String area, String expected) {
        byte[] path = PathText.reversed(around(area), BEFORE.length(), area.length());
        assertEquals(expected, new String(path, StandardCharsets.UTF_8));
    }

    @ParameterizedTest(name = "{0} stays within its size")
    @ValueSource(strings = {"|", "||", "|||a", "a||b", "a", "|a|", "a|b"})
    void brokenComponentsGiveSomePath(String area) {
        byte[] path = PathText.reversed(around(area), BEFORE.length(), area.length());
        assertEquals(true, path.length <= area.length(), () -> new String(path, StandardCharsets.UTF_8));
    }

    @ParameterizedTest(name = "{0} in {1} -> {2}")
    @CsvSource(quoteCharacter = '\'', value = {
        "/bin/ls, /home, /bin/ls",
        "/bin/../ls, /home, /bin/../ls",
        "ls, /home/me, /home/me/ls",
        "./ls, /home/me, /home/me/ls",
        "../ls, /home/me, /home/ls",
        "../../../../ls, /home/me, /ls",
        "a//b/./c, /, /a/b/c",
        "., /, /",
        "'', /home, ''",
        "'..', /home, /",
    })
    void relativeBinariesAreJoinedToTheDirectory(String path, String cwd, String expected) {
        byte[] absolute = PathText.absolute(bytes(path), bytes(cwd));
        assertEquals(expected, new String(absolute, StandardCharsets.UTF_8));
    }

    @ParameterizedTest(name = "{0}, filter {1} -> {2}")
    @CsvSource(quoteCharacter = '\'', value = {
        "'A=1|B=|C=x y|', '', 'A=1,B=,C=x y'",
        "'A=1|A=2|', 'A', 'A=1,A=2'",
        "'A=1|AB=2|B=A|', 'A', 'A=1'",
        "'A=1|B=2|C=3|', 'C B', 'B=2,C=3'",
        // neither a name nor a value is needed
        "'NAME|=x|', '', 'NAME,=x'",
        "'NAME|=x|', 'NAME', 'NAME'",
        "'||A=1||', '', 'A=1'",
        "'A=1', '', 'A=1'",
        "'', '', ''",
    })
    void environmentIsSplitAndFilteredByName(String area, String names, String expected) {
        Set<String> wanted = names.isEmpty() ? Set.of() : Set.of(names.split(" "));
        StringBuilder found = new StringBuilder();
        for (byte[] variable
                : EnvironmentArea.variables(around(area), BEFORE.length(), area.length(), wanted)) {
            found.append(found.length() == 0 ? "" : ",").append(new String(variable, StandardCharsets.UTF_8));
        }
        assertEquals(expected, found.toString());
    }

    @ParameterizedTest(name = "signal {0} is {1}")
    @CsvSource({"0, ''", "1, SIGHUP", "9, SIGKILL", "11, SIGSEGV", "15, SIGTERM", "31, SIGSYS", "32, SIG32",
        "34, SIGRTMIN", "35, SIGRTMIN+1", "64, SIGRTMIN+30", "127, SIGRTMIN+93"})
    void signalsHaveNames(int signal, String name) {
        assertEquals(name, SignalNames.of(signal));
    }

    @Test
    void validTextIsNotTouched() {
        for (String text : new String[] {"", "plain", "gr\u00fc\u00df", "\u20ac", "\ud83d\ude00", "\u0000\u007f",
            "\u0080\u07ff\u0800\uffff", "\ud800\udc00\udbff\udfff", "\ud7ff\ue000"}) {
            byte[] bytes = bytes(text);
            assertArrayEquals(bytes, Utf8.valid(bytes, 0, bytes.length), text);
        }
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "61ff62, a?b",
        "61fffe62, a?b",
        "80, ?",
        // overlong forms, surrogates, beyond the last code point
        "c080, ?", "c1bf, ?", "e080af, ?", "e09fbf, ?", "f08080af, ?", "f08fbfbf, ?", "eda080, ?", "edbfbf, ?",
        "f4908080, ?", "f5808080, ?", "fc808080, ?",
        // sequences cut short, at the end and before something good
        "c3, ?", "e282, ?", "f09f98, ?", "c341, ?A", "e28241, ?A", "f09f9841, ?A",
        "e282ac, \u20ac", "ff e282ac ff, ?\u20ac?",
    })
    void eachRunOfBadBytesBecomesOneReplacement(String hex, String expected) {
        byte[] bytes = hex(hex);
        String valid = new String(Utf8.valid(bytes, 0, bytes.length), StandardCharsets.UTF_8);
        assertEquals(expected.replace('?', '\uFFFD'), valid);
    }

    @Test
    void anyBytesBecomeValidAndGoodOnesStay() throws CharacterCodingException {
        Random random = new Random(7);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(12)];
            for (int i = 0; i < bytes.length; i++) {
                // mostly bytes that begin or continue a sequence
                bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : 0x80 | random.nextInt());
            }
            byte[] valid = Utf8.valid(bytes, 0, bytes.length);
            String strict = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(valid)).toString();
            // the JDK replaces each bad byte or part of a sequence on its own, which differs in their number only
            String lenient = new String(bytes, StandardCharsets.UTF_8).replaceAll("\uFFFD+", "\uFFFD");
            assertEquals(lenient, strict.replaceAll("\uFFFD+", "\uFFFD"), () -> "round of " + hexOf(bytes));
        }
    }

    @Test
    void onlyThePartAskedForIsLookedAt() {
        byte[] bytes = hex("ff 61 62 c3 bc ff");
        assertEquals("ab", new String(Utf8.valid(bytes, 1, 2), StandardCharsets.UTF_8));
        assertEquals("ab\uFFFD", new String(Utf8.valid(bytes, 1, 3), StandardCharsets.UTF_8));
        assertEquals("", new String(Utf8.valid(bytes, 1, 0), StandardCharsets.UTF_8));
    }

    private static byte[] around(String area) {
        return bytes(BEFORE + area + BEHIND);
    }

    private static byte[] bytes(String text) {
        return text.replace('|', '\0').getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static String hexOf(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
