// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What upstream printed of each recorded case, against what is printed here. */
class GoldenTest {
    private static final CompactPrinter.Options COMPACT =
            new CompactPrinter.Options(false, false, true, true);

    @TestFactory
    Stream<DynamicTest> printsTheSameCompactLines() throws Exception {
        return cases("compact.txt")
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            ByteArrayOutputStream printed = new ByteArrayOutputStream();
                                            EventOutput output =
                                                    EventOutput.compact(new CompactPrinter(COMPACT), printed);
                                            read(folder, output);
                                            assertLines(
                                                    Files.readAllLines(folder.resolve("compact.txt")), printed);
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> writesTheSameJsonButForTheSpacesBetweenTokens() throws Exception {
        return cases("events.json")
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            ByteArrayOutputStream printed = new ByteArrayOutputStream();
                                            read(folder, EventOutput.json(printed));
                                            List<String> expected =
                                                    Files.readAllLines(folder.resolve("events.json")).stream()
                                                            .map(GoldenTest::withoutSpacesBetweenTokens)
                                                            .toList();
                                            assertLines(expected, printed);
                                        }));
    }

    private static void read(Path folder, EventOutput output) throws Exception {
        byte[] json = Files.readAllBytes(folder.resolve("events.json"));
        JsonLines lines = new JsonLines(new ByteArrayInputStream(json));
        lines.forEach(output, output::flush);
        assertEquals(0, lines.skipped(), "lines that could not be read");
    }

    private static void assertLines(List<String> expected, ByteArrayOutputStream printed) {
        List<String> actual = printed.toString(StandardCharsets.UTF_8).lines().toList();
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            assertEquals(expected.get(i), actual.get(i), "line " + (i + 1));
        }
        assertEquals(expected.size(), actual.size(), "number of lines");
    }

    private static String withoutSpacesBetweenTokens(String json) {
        StringBuilder out = new StringBuilder(json.length());
        boolean inString = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '"') {
                inString = !inString;
            } else if (c == '\\' && inString) {
                out.append(c).append(json.charAt(++i));
                continue;
            }
            if (inString || c != ' ') {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static Stream<Path> cases(String file) throws Exception {
        Path golden = Path.of(System.getProperty("tetragon.root", "../.."), "../shared/golden");
        assumeTrue(Files.isDirectory(golden), "the recorded cases are not beside the repository");
        try (Stream<Path> folders = Files.list(golden)) {
            return folders.filter(f -> Files.isRegularFile(f.resolve(file))).sorted().toList().stream();
        }
    }
}
