// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import static io.tetragon.cli.internal.CommandLineRun.piped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.cli.Main;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandardInputTest {
    private static final String EXEC =
            "{\"process_exec\":{\"process\":{\"pid\":1,\"uid\":0,\"binary\":\"/bin/ls\","
                    + "\"pod\":{\"namespace\":\"shop\",\"name\":\"web-1\",\"container\":{\"name\":\"c\"},"
                    + "\"pod_labels\":{\"app\":\"web\",\"tier\":\"a\"}}},"
                    + "\"parent\":{\"binary\":\"/bin/sh\"}},\"node_name\":\"n\"}\n";
    private static final String HOST =
            "{\"process_exit\":{\"process\":{\"binary\":\"/bin/cat\"},\"status\":1},\"node_name\":\"n\"}\n";
    private static final String KPROBE =
            "{\"process_kprobe\":{\"process\":{\"binary\":\"/bin/vi\"},\"function_name\":\"f\","
                    + "\"args\":[{\"int_arg\":1,\"label\":\"x\"},{\"int_arg\":2}],"
                    + "\"policy_name\":\"p1\"},\"node_name\":\"n\"}\n";
    private static final String THROTTLE =
            "{\"process_throttle\":{\"type\":\"THROTTLE_START\",\"cgroup\":\"c\"},\"node_name\":\"n\"}\n";
    private static final String ALL = EXEC + HOST + KPROBE + THROTTLE;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "-o json | EXEC HOST KPROBE THROTTLE",
                "--process ^/bin/[lv][si]$ | EXEC KPROBE",
                "--process ls,cat | EXEC HOST",
                "--processes ls --processes vi | EXEC KPROBE",
                "-n shop | EXEC",
                "--namespace other | ''",
                "--host | HOST KPROBE",
                "--host -n shop | EXEC HOST KPROBE",
                "--host=false -n shop | EXEC",
                "--namespace-regex ^sh | EXEC",
                "--pod web | EXEC",
                "--containers ^c$ | EXEC",
                "-e process_exit,PROCESS_THROTTLE | HOST THROTTLE",
                "--policy-names p1 | KPROBE",
                "--policy-names p1 -e PROCESS_EXEC | ''",
            })
    void filtersAsAnAgentWould(String flags, String expected) {
        CommandLineRun run = piped(ALL, ("getevents " + flags).split(" "));
        assertEquals("", run.err());
        assertEquals(
                expected
                        .replace("''", "")
                        .replace(" ", "")
                        .replace("EXEC", EXEC)
                        .replace("HOST", HOST)
                        .replace("KPROBE", KPROBE)
                        .replace("THROTTLE", THROTTLE),
                run.out());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "-f process.binary | {\"process_exec\":{\"process\":{\"binary\":\"/bin/ls\"}},\"node_name\":\"n\"}",
                "-f parent -f process.pid | {\"process_exec\":{\"process\":{\"pid\":1},\"parent\":{\"binary\":\"/bin/sh\"}},\"node_name\":\"n\"}",
                "-f process.pod.pod_labels.tier | {\"process_exec\":{\"process\":{\"pod\":{\"pod_labels\":{\"tier\":\"a\"}}}},\"node_name\":\"n\"}",
                "-F process.pod,parent | {\"process_exec\":{\"process\":{\"pid\":1,\"uid\":0,\"binary\":\"/bin/ls\"}},\"node_name\":\"n\"}",
                "-f process -F process.pod,process.uid | {\"process_exec\":{\"process\":{\"pid\":1,\"binary\":\"/bin/ls\"}},\"node_name\":\"n\"}",
                "-f nonsense | {\"process_exec\":{},\"node_name\":\"n\"}",
            })
    void keepsAndDropsFieldsBelowTheEvent(String flags, String expected) {
        CommandLineRun run = piped(EXEC, ("getevents " + flags).split(" "));
        assertEquals(expected + "\n", run.out());
    }

    @Test
    void goesThroughTheElementsOfLists() {
        CommandLineRun run = piped(KPROBE, "getevents", "-f", "args.label");
        assertEquals(
                "{\"process_kprobe\":{\"args\":[{\"label\":\"x\"},{}]},\"node_name\":\"n\"}\n", run.out());
    }

    @Test
    void dropsUnknownFieldsAndSkipsLinesThatAreNoEvents() {
        String deep = "[".repeat(200_000) + "\n";
        CommandLineRun run =
                piped(
                        "{\"process_exec\":{\"process\":{\"binary\":\"/b\",\"novelty\":{\"a\":[1]}}},\"x\":1}\n"
                                + "\n"
                                + "not json\n#comment\n{\"process_exec\":\n[1,2]\n{\"time\":\"yesterday\"}\n"
                                + deep
                                + "{\"process_exec\":{\"process\":{\"pid\":99999999999}}}\n"
                                + "{\"process_exec\":{\"process\":{\"binary\":\"/c\"}}}",
                        "getevents");
        assertEquals(
                "{\"process_exec\":{\"process\":{\"binary\":\"/b\"}}}\n"
                        + "{\"process_exec\":{\"process\":{\"binary\":\"/c\"}}}\n",
                run.out());
        assertEquals("Warning: skipped lines that are no events: 7\n", run.err());
        assertEquals(0, run.code());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--process ( | --process \"(\" is not an RE2 expression: missing closing )",
                "--cel-expression true | --cel-expression is evaluated by an agent only: leave it out when reading events from standard input",
            })
    void refusesFiltersItCannotApply(String flags, String message) {
        CommandLineRun run = piped(ALL, ("getevents " + flags).split(" "));
        assertEquals("Error: " + message + "\n", run.err());
        assertEquals("", run.out());
        assertEquals(1, run.code());
    }

    @Test
    void endsWithAnErrorAtAnEventThatHasNoCompactForm() {
        CommandLineRun run =
                piped(
                        HOST + "{\"rate_limit_info\":{\"number_of_dropped_process_events\":\"1\"}}\n" + HOST,
                        "getevents",
                        "-o",
                        "compact");
        assertEquals("💥 exit    n /bin/cat  1\n", run.out());
        assertTrue(run.err().startsWith("Error: an event of type rate_limit_info"), run.err());
        assertEquals(1, run.code());
    }

    @Test
    void replaysATerminal() {
        String write =
                "{\"process_kprobe\":{\"process\":{},\"args\":[{\"file_arg\":{\"path\":\"%s\"}},"
                        + "{\"bytes_arg\":\"%s\"}]}}\n";
        CommandLineRun run =
                piped(
                        String.format(write, "/dev/pts/1", "bHM=")
                                + EXEC
                                + String.format(write, "/dev/pts/2", "eA==")
                                + String.format(write, "/dev/pts/1", "Cg=="),
                        "getevents",
                        "-t",
                        "/dev/pts/1");
        assertEquals("ls\n", run.out());
    }

    @Test
    void readsAFileAndEndsQuietlyWhenNobodyReadsTheOutput(@TempDir Path folder) throws Exception {
        Path input = folder.resolve("events.json");
        Files.writeString(input, EXEC.repeat(20_000));
        Path errors = folder.resolve("errors");
        Process tetra =
                new ProcessBuilder(java("getevents"))
                        .redirectInput(input.toFile())
                        .redirectError(errors.toFile())
                        .start();
        try (BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(tetra.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals(EXEC.strip(), out.readLine());
        }
        assertEquals(0, tetra.waitFor());
        assertEquals("", Files.readString(errors));
        assertFalse(tetra.isAlive());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"</dev/null", "<&-"})
    void asksTheAgentWhenStandardInputIsADeviceOrClosed(String redirect, @TempDir Path folder)
            throws Exception {
        Path errors = folder.resolve("errors");
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" " + redirect, "sh"));
        command.addAll(
                java("getevents", "--retries", "0", "--server-address", "unix://" + folder + "/none"));
        Process tetra =
                new ProcessBuilder(command)
                        .redirectError(errors.toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertEquals(1, tetra.waitFor());
        assertTrue(
                Files.readString(errors).startsWith("Error: no agent answers at unix://"),
                Files.readString(errors));
    }

    private static List<String> java(String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24) {
            // As the launch script does: newer runtimes would warn of what protobuf uses.
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(List.of(args));
        return command;
    }
}
