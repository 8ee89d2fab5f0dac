// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Texts made to cost more than they look, and texts that are none. */
class HostilePolicyTest {
    private static final String HEAD =
            "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: a}\nspec:\n";

    @Test
    void ten_megabytes_are_refused_by_their_size() {
        assertEquals("1:1: policy has 10485760 bytes: the limit is 1048576 (split it into several policies)",
                reject(new byte[10 << 20]));
    }

    @Test
    void aliases_of_aliases_count_as_what_they_stand_for() {
        StringBuilder bomb = new StringBuilder(HEAD).append("  lists:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++) {
            bomb.append("  - &a").append(i).append(" [").append(("*a" + (i - 1) + ",").repeat(10)).append("]\n");
        }
        assertEquals("10:38: the policy has more than 100000 nodes: scalars, lists and mappings are counted, and "
                + "aliases as often as they are used (split it into several policies)", reject(bomb.toString()));
    }

    @Test
    void merge_keys_of_merge_keys_count_too() {
        StringBuilder bomb = new StringBuilder("a0: &a0 {x: 1, y: 2}\n");
        for (int i = 1; i < 40; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" {z: [*a").append(i - 1).append("], <<: *a")
                    .append(i - 1).append("}\n");
        }
        assertTrue(reject(bomb.toString()).contains("than"));
    }

    @Test
    void lists_nested_without_end_are_refused_at_the_limit() {
        assertEquals("1:33: nested deeper than 32 levels: no field of a policy lies that deep",
                reject("[".repeat(500_000)));
        assertEquals("1:33: nested deeper than 32 levels: no field of a policy lies that deep",
                reject("{".repeat(33) + "a"));
        assertTrue(reject("- ".repeat(200_000)).contains("nested deeper than 32 levels"));
    }

    @Test
    void aliases_cannot_nest_deeper_than_lists_can() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [*a").append(i - 1).append("]\n");
        }
        assertTrue(reject(bomb.toString()).contains("nested deeper than 32 levels"));
    }

    @Test
    void a_million_entries_are_refused_at_the_limit() {
        assertTrue(reject("a: [" + "1,".repeat(500_000) + "]").contains("more than 100000 nodes"));
        assertTrue(reject("a\n".repeat(500_000)).length() < 300);
    }

    @Test
    void macros_cannot_multiply_a_policy() {
        StringBuilder policy = new StringBuilder(HEAD).append("  selectorsMacros:\n    m:\n      matchPIDs:\n");
        for (int i = 0; i < 10_000; i++) {
            policy.append("      - {operator: In, values: [1]}\n");
        }
        policy.append("  kprobes:\n");
        for (int i = 0; i < 1_000; i++) {
            policy.append("  - {call: f, selectors: [{macros: [m]}]}\n");
        }
        assertTrue(reject(policy.toString()).contains("the policy's macros grow too large: the limit is 100000 nodes"));
    }

    @Test
    void paths_of_a_megabyte_and_lists_of_everything_are_refused() {
        assertTrue(reject(HEAD + "  kprobes: [{call: f, args: [{index: 0, type: int, resolve: 'a" + "[1]".repeat(300_000)
                + "'}]}]\n").contains("the limit is 1024"));
        assertTrue(reject(HEAD + "  lists:\n" + lists(17)).contains("too many generated lists: the limit is 16"));
        assertTrue(reject(HEAD + "  kprobes:\n  - call: f\n    selectors:\n"
                + "    - matchArgs: [{index: 7, operator: Equal, values: ['1']}]\n".repeat(5_000)
                + "    args:\n" + "    - {index: 0, type: int}\n".repeat(5_000)).contains("5000 arguments"));
    }

    private static String lists(int count) {
        StringBuilder lists = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lists.append("  - {name: l").append(i).append(", type: generated_syscalls}\n");
        }
        return lists.toString();
    }

    @Test
    void a_hundred_problems_are_shown_and_the_rest_counted() {
        String text = reject(HEAD + "  kprobes:\n" + "  - {cll: a}\n".repeat(20_000));
        assertEquals(101, text.lines().count());
        assertTrue(text.endsWith("39900 or more further problems: only 100 are shown (mend these first)"), text);
    }

    @Test
    void long_wrong_words_do_not_make_long_errors() {
        String text = reject(HEAD + "  " + "k".repeat(100_000) + ": 1\n  ? [a]\n  : 1\n");
        assertTrue(text.length() < 600, text);
    }

    @Test
    void bytes_that_are_no_text_are_named_with_their_place() {
        byte[] bytes = (HEAD + "  kprobes: x").getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 1] = (byte) 0xff;
        assertEquals("5:12: not valid UTF-8: byte 0xff at offset " + (bytes.length - 1) + " (save the policy as UTF-8)",
                reject(bytes));
        assertEquals("4:4: not valid YAML: character U+0001 is not allowed (remove it)",
                reject("a: 1\nb: 2\nc: 3\nd: \u0001\n"));
        assertTrue(reject("\"\\UFFFFFFFF\"").contains("not valid YAML"));
        assertTrue(reject("%YAML 99999999999999.1\n---\na\n").contains("not valid YAML"));
        assertTrue(reject("%TAG ! tag:x:\n---\n!a b\n").contains("tag"));
    }

    @Test
    void a_byte_order_mark_is_skipped() {
        PolicyResult result = new PolicyParser()
                .parse(("\uFEFF" + HEAD + "  loader: true\n").getBytes(StandardCharsets.UTF_8), Shared.CONTEXT);
        assertInstanceOf(PolicyResult.Accepted.class, result);
    }

    @Test
    void control_characters_do_not_reach_the_report() {
        String text = reject(HEAD + "  \"a\\e[31m\\nb\\u202e\": 1\n");
        assertFalse(text.chars().anyMatch(c -> c < ' ' || c == 0x202e), text);
        assertTrue(text.contains("unknown field \"a\\u001b[31m\\u000ab\\u202e\""), text);
    }

    private static String reject(String yaml) {
        return reject(yaml.getBytes(StandardCharsets.UTF_8));
    }

    private static String reject(byte[] yaml) {
        PolicyResult result = new PolicyParser().parse(yaml, Shared.CONTEXT);
        return assertInstanceOf(PolicyResult.Rejected.class, result).text();
    }
}
