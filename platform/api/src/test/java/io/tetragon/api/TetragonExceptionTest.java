// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.tetragon.api.TetragonException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TetragonExceptionTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "load sensor exec|no BTF|use another kernel|load sensor exec: no BTF (use another kernel)",
        "load sensor exec|no BTF|''|load sensor exec: no BTF",
        "a|b\\nc|d\\ne|a: b c (d e)",
        "a|b\\r\\nc|''|a: b c",
        "a|b\\rc\\u2028d|''|a: b c d"
    })
    void theMessageIsOneLineOfWhatWhyAndRemedy(String what, String why, String remedy, String message) {
        TetragonException e = new TetragonException(Kind.INTERNAL, what.translateEscapes(),
                lines(why), lines(remedy));
        assertEquals(message, e.getMessage());
    }

    @Test
    void theReasonIsOneLineToo() {
        assertEquals("b c", new TetragonException(Kind.INTERNAL, "a", "b\nc", "").why());
    }

    @Test
    void keepsItsPartsAndItsCause() {
        Exception cause = new Exception("underneath");
        TetragonException e = new TetragonException(Kind.NOT_FOUND, "what", "why", "remedy", cause);
        assertEquals(Kind.NOT_FOUND, e.kind());
        assertEquals("what", e.what());
        assertEquals("why", e.why());
        assertEquals("remedy", e.remedy());
        assertSame(cause, e.getCause());
    }

    private static String lines(String text) {
        return text.replace("\\u2028", "\u2028").translateEscapes();
    }
}
