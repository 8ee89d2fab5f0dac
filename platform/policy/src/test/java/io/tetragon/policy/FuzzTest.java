// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutated real policies: whatever the bytes are, there is an answer, and it costs little. */
class FuzzTest {
    private static final int ROUNDS = 20_000;
    private static final long SEED = 20_260_101L;
    /** What one policy of a few kilobytes may allocate, its report included. */
    private static final long ALLOCATED_MAX = 64L << 20;

    private static final List<String> TOKENS = List.of("[", "]", "{", "}", ":", "- ", "&a ", "*a", "!x ", "\"", "'",
            "|", ">", "?", "<<: ", "\n", "\t", "  ", "null", "~", "true", "-1", "0", "99999999999", "1e9", "list:x", "list:",
            "auto", "nop", "CelExpr", "arg0 == 1", "CapabilitiesGained", "InMap", "1:2", "args: [0]", "index: 1",
            "source: pt_regs", "resolve: a[1].b", "macros: [x]", "matchData:", "returnArg:", "return: true",
            "uprobes:", "lsmhooks:", "usdts:", "fentries:", "\u0000", "\u2028", "---", "...", "%YAML 1.1", "#");

    @Test
    @Timeout(300)
    void twenty_thousand_mutated_policies_are_all_answered() throws IOException {
        List<byte[]> corpus = new ArrayList<>();
        for (Path file : Shared.policies()) {
            corpus.add(Shared.read(file));
        }
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PolicyParser parser = new PolicyParser();
        Random random = new Random(SEED);
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] mutated = mutate(corpus, random);
            long before = memory.getCurrentThreadAllocatedBytes();
            PolicyResult result;
            try {
                result = parser.parse(mutated, Shared.CONTEXT);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("round " + round + ":\n" + new String(mutated, StandardCharsets.UTF_8), e);
            }
            long allocated = memory.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < ALLOCATED_MAX, "round " + round + " allocated " + allocated);
            assertNotNull(result);
            if (result instanceof PolicyResult.Rejected rejected) {
                assertFalse(rejected.problems().isEmpty());
                assertEquals(rejected.problems().size(), rejected.text().lines().count(), rejected::text);
                assertTrue(rejected.problems().stream().allMatch(p -> p.at().line() > 0 && p.at().column() > 0));
            } else {
                accepted++;
            }
        }
        assertTrue(accepted > ROUNDS / 100, accepted + " were accepted: the mutations are too coarse");
        assertTrue(accepted < ROUNDS / 2, accepted + " were accepted: the mutations are too fine");
    }

    private static byte[] mutate(List<byte[]> corpus, Random random) {
        byte[] original = corpus.get(random.nextInt(corpus.size()));
        if (random.nextInt(4) == 0) {
            byte[] bytes = original.clone();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            return bytes;
        }
        StringBuilder text = new StringBuilder(new String(original, StandardCharsets.UTF_8));
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(5)) {
                case 0 -> text.delete(at, Math.max(end, Math.min(at + 1, text.length() - 1)));
                case 1 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 2 -> text.replace(at, end, TOKENS.get(random.nextInt(TOKENS.size())));
                case 3 -> line(text, at, random);
                default -> text.insert(at, new String(corpus.get(random.nextInt(corpus.size())), StandardCharsets.UTF_8)
                        .lines().skip(random.nextInt(20)).findFirst().orElse("- x") + "\n");
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Doubles a line, drops it or moves it to another column. */
    private static void line(StringBuilder text, int at, Random random) {
        int start = text.lastIndexOf("\n", at) + 1;
        int end = text.indexOf("\n", at) < 0 ? text.length() : text.indexOf("\n", at) + 1;
        if (start >= end) {
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> text.insert(end, text.substring(start, end));
            case 1 -> text.replace(start, end, "\n");
            default -> text.insert(start, random.nextBoolean() ? "  " : " ");
        }
    }
}
