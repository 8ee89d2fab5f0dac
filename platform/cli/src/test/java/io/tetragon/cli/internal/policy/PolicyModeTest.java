// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.cli.internal.CliException;
import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.PolicyParser;
import io.tetragon.policy.PolicyResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PolicyModeTest {
    private record Row(String what, String before, String after) {}

    private static final String FLOW = "{\"name\": \"policy-mode\", \"value\": \"monitor\"}";

    private static final List<Row> ROWS =
            List.of(
                    new Row("another value", "spec:\n  options:\n  - name: policy-mode\n    value: enforce # c\n",
                            "spec:\n  options:\n  - name: policy-mode\n    value: monitor # c\n"),
                    new Row("a quoted value", "spec: {options: [{value: 'enforce', name: \"policy-mode\"}]}",
                            "spec: {options: [{value: \"monitor\", name: \"policy-mode\"}]}"),
                    new Row("an empty value", "spec:\n  options:\n  - name: policy-mode\n    value:\n",
                            "spec:\n  options:\n  - name: policy-mode\n    value: monitor\n"),
                    new Row("other options", "# ü 😀\nspec:\n  options: # o\n  # first\n  - name: x\n    value: y\n",
                            "# ü 😀\nspec:\n  options: # o\n  - name: policy-mode\n    value: monitor\n"
                                    + "  # first\n  - name: x\n    value: y\n"),
                    new Row("a deeper list", "spec:\n    options:\n        - {name: x, value: y}\n",
                            "spec:\n    options:\n        - name: policy-mode\n          value: monitor\n"
                                    + "        - {name: x, value: y}\n"),
                    new Row("a flow list", "spec:\n  options: [{name: x, value: y}]\n",
                            "spec:\n  options: [" + FLOW + ", {name: x, value: y}]\n"),
                    new Row("an empty list", "spec:\n  options: []\n", "spec:\n  options: [" + FLOW + "]\n"),
                    new Row("no value for options", "spec:\n  options:\n  kprobes: []\n",
                            "spec:\n  options: [" + FLOW + "]\n  kprobes: []\n"),
                    new Row("no options", "a: b\nspec:\n  # hooks\n  kprobes:\n  - call: x\n",
                            "a: b\nspec:\n  options:\n  - name: policy-mode\n    value: monitor\n  # hooks\n"
                                    + "  kprobes:\n  - call: x\n"),
                    new Row("Windows lines", "spec:\r\n  loader: true\r\n",
                            "spec:\r\n  options:\r\n  - name: policy-mode\r\n    value: monitor\r\n  loader: true\r\n"),
                    new Row("no hooks", "spec: {}\n", "spec: {\"options\": [" + FLOW + "]}\n"),
                    new Row("JSON", "{\"spec\":{\"loader\":true}}",
                            "{\"spec\":{\"options\": [" + FLOW + "], \"loader\":true}}"),
                    new Row("a byte order mark", "\ufeffspec: {}", "\ufeffspec: {\"options\": [" + FLOW + "]}"),
                    new Row("anchors", "x: &a [1]\nspec:\n  kprobes: *a\n",
                            "x: &a [1]\nspec:\n  options:\n  - name: policy-mode\n    value: monitor\n"
                                    + "  kprobes: *a\n"));

    @TestFactory
    Stream<DynamicTest> changesOnePlaceOfAPolicyWith() {
        return ROWS.stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.what, () -> assertEquals(row.after, PolicyMode.set(row.before, "monitor"))));
    }

    private record BadRow(String yaml, String message) {}

    private static final List<BadRow> BAD =
            List.of(
                    new BadRow("", "the policy is empty"),
                    new BadRow("- a", "this is no policy: it is no mapping with a spec"),
                    new BadRow("a: b", "this is no policy: it has no spec"),
                    new BadRow("spec: x", "spec is neither a list nor a mapping written in its place: write it out"),
                    new BadRow("x: &a []\nspec: {options: *a}",
                            "spec.options is neither a list nor a mapping written in its place: write it out"),
                    new BadRow("spec: {options: [{name: policy-mode}]}",
                            "the option policy-mode has no plain value: give it one"),
                    new BadRow("spec: {}\n---\nspec: {}",
                            "a second YAML document: put each policy into a file of its own"),
                    new BadRow("spec: [", "1:8: not valid YAML: expected the node content, but found '<stream end>'"));

    @TestFactory
    Stream<DynamicTest> refuses() {
        return BAD.stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.message,
                                        () ->
                                                assertEquals(
                                                        row.message,
                                                        assertThrows(
                                                                        CliException.class,
                                                                        () -> PolicyMode.set(row.yaml, "enforce"))
                                                                .getMessage())));
    }

    @TestFactory
    Stream<DynamicTest> leavesEveryPolicyOfTheCorpusReadable() throws IOException {
        Path corpus = Path.of(System.getProperty("tetragon.root", "../.."), "../shared/corpus/policies");
        assumeTrue(Files.isDirectory(corpus), "the corpus is not beside the repository");
        try (Stream<Path> files = Files.walk(corpus)) {
            return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream()
                    .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> staysTheSamePolicy(f)));
        }
    }

    private static void staysTheSamePolicy(Path file) throws IOException, CliException {
        String before = Files.readString(file);
        PolicyResult was = parse(before);
        for (String mode : List.of("monitor", "enforce")) {
            String after = PolicyMode.set(before, mode);
            assertEquals(mode, PolicyMode.of(after));
            PolicyResult is = parse(after);
            assertEquals(was.getClass(), is.getClass(), is::toString);
            if (is instanceof PolicyResult.Accepted accepted) {
                assertEquals(mode, String.valueOf(accepted.policy().options().mode()).toLowerCase(Locale.ROOT));
            }
        }
    }

    private static PolicyResult parse(String yaml) {
        return new PolicyParser().parse(yaml.getBytes(StandardCharsets.UTF_8), PolicyContext.offline());
    }

    @Test
    void survivesWhateverTheBytesAre() {
        Random random = new Random(7);
        String seed = "spec: &a\n  options: [{name: policy-mode, value: \"en\\x66orce\"}, *b]\n  ? !!x |\n    y\n  : %\n";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder yaml = new StringBuilder(seed);
            for (int n = random.nextInt(6); n >= 0; n--) {
                int at = random.nextInt(yaml.length());
                switch (random.nextInt(3)) {
                    case 0 -> yaml.deleteCharAt(at);
                    case 1 -> yaml.setCharAt(at, seed.charAt(random.nextInt(seed.length())));
                    default -> yaml.insert(at, "[{]}:-\t\"'&*!|>%@#,\\\n\ud83d\ufeff".charAt(random.nextInt(20)));
                }
            }
            try {
                String after = PolicyMode.set(yaml.toString(), "monitor");
                assertEquals("monitor", PolicyMode.of(after));
            } catch (CliException refused) {
                // The only exception that may come out.
            }
        }
    }

    @Test
    void walksDeepNestingWithoutRunningOutOfStack() throws CliException {
        String deep = "x: " + "[".repeat(5000) + "]".repeat(5000) + "\nspec: {}\n";
        assertEquals("monitor", PolicyMode.of(PolicyMode.set(deep, "monitor")));
    }
}
