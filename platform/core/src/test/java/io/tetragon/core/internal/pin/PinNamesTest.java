// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.core.PolicyKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of policies as names of directories. */
class PinNamesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "static | ''   | block-tcp        | block-tcp",
        "static | kube | block-tcp        | kube:block-tcp",
        "grpc   | ''   | block-tcp        | block-tcp@grpc",
        "grpc   | kube | block.tcp        | kube:block%2etcp@grpc",
        "a/b@c  | ''   | x                | x@a%2fb%40c",
        "static | ''   | ../../etc        | %2e%2e%2f%2e%2e%2fetc",
        "static | ''   | __base__         | %5f_base__",
        "static | ''   | +x               | %2bx",
        "static | ''   | a:b@c%d e        | a%3ab%40c%25d%20e",
        "static | ''   | Größe            | Gr%c3%b6%c3%9fe",
    })
    void aNameIsWrittenSoThatTheFileSystemTakesIt(String domain, String namespace, String name, String folder) {
        assertEquals(folder, PinNames.policy(new PolicyKey(domain, namespace, name)));
        assertEquals((namespace.isEmpty() ? name : namespace + '/' + name) + " of domain " + domain,
                PinNames.readable(folder));
        assertEquals(PinNames.policyName(namespace, name), PinNames.policyName(folder));
    }

    @Test
    void namesOfAnyLengthAndCharactersFitAndAreToldApart() {
        Random random = new Random(4);
        Map<String, PolicyKey> seen = new HashMap<>();
        for (int i = 0; i < 4_000; i++) {
            PolicyKey key = new PolicyKey(i % 2 == 0 ? PolicyKey.STATIC : text(random, 80), text(random, 300), text(random, 300));
            String folder = PinNames.policy(key);
            assertTrue(folder.length() <= 240, folder);
            assertTrue(folder.matches("[A-Za-z0-9%~@:_-]+"), folder);
            assertFalse(folder.startsWith("_"), folder);
            PolicyKey other = seen.put(folder, key);
            assertTrue(other == null || other.equals(key), () -> key + " and " + other);
            PinNames.readable(folder);
        }
    }

    private static String text(Random random, int max) {
        String characters = "ab./:@%_+~-\u0000\n é\uD83D\uDE00";
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(max); length > 0; length--) {
            text.append(characters.charAt(random.nextInt(characters.length())));
        }
        return text.toString();
    }

    @Test
    void namesThatDifferOnlyWhereTheyAreCutAreToldApart() {
        String longName = "x".repeat(300);
        assertNotEquals(PinNames.policyName("", longName + "a"), PinNames.policyName("", longName + "b"));
    }

    @ParameterizedTest
    @CsvSource({"raw_tp/sys_enter, 3_raw_tp_sys_enter", "kprobe/../../x, 3_kprobe_x", "'', 3_"})
    void aPinIsNamedByWhatItIs(String hook, String name) {
        assertEquals(name, PinNames.pin(3, hook));
    }
}
