// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Set;
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

    private static byte[] around(String area) {
        return bytes(BEFORE + area + BEHIND);
    }

    private static byte[] bytes(String text) {
        return text.replace('|', '\0').getBytes(StandardCharsets.UTF_8);
    }
}
