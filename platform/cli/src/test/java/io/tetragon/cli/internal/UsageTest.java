// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import static io.tetragon.cli.internal.CommandLineRun.tetra;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "help", "--help", "-h"})
    void printsHelpOnStandardOutput(String args) {
        CommandLineRun run = args.isEmpty() ? tetra() : tetra(args);
        assertEquals("", run.err());
        assertTrue(run.out().startsWith("Usage: tetra COMMAND [FLAGS]\n"), run.out());
        assertTrue(run.out().contains("getevents"), run.out());
        assertEquals(0, run.code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"getevents -h", "help getevents", "getevents --help=true"})
    void printsTheHelpOfACommand(String args) {
        CommandLineRun run = tetra(args.replace("=true", "").split(" "));
        assertEquals("", run.err());
        assertTrue(run.out().startsWith("Usage: tetra getevents [FLAGS]\n"), run.out());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense | unknown command nonsense; see tetra --help",
                "sensors nonsense | unknown command nonsense; see tetra sensors --help",
                "status nonsense | unknown argument nonsense; see tetra status --help",
                "status --nonsense | unknown flag --nonsense; see tetra status --help",
                "sensors enable | NAME is missing; see tetra sensors enable --help",
                "help nonsense | there is no command \"nonsense\"; see tetra --help",
                "rthooks create-container --annotations x | invalid annotation \"x\": write key=value",
                "policyfilter dump --map-fname /none/map | there is no map at /none/map: an agent with --enable-policy-filter pins it there while it runs (see --map-fname)",
                "policyfilter add x 1 | invalid filter \"x\": give its number",
                "policyfilter add 4294967296 1 | invalid filter \"4294967296\": give its number",
                "policyfilter add 1 /x --arg-type y | invalid value \"y\" for --arg-type: use id, file",
                "policyfilter cgroupid /etc | /etc is no folder of the cgroup file system",
                "policyfilter listpolicies 0123abc | container \"0123abc\" is not found by its id: this version asks no container runtime; give the number or the folder of its cgroup",
                "completion fish | there is no completion for \"fish\": use bash or zsh",
                "getevents -o xml | invalid value \"xml\" for --output: use json, compact",
                "getevents -o compact --color maybe | invalid value \"maybe\" for --color: use auto, always, never",
                "status --timeout 5x | invalid duration \"5x\" for --timeout: write it like 500ms, 30s or 1h30m",
                "status --retries -1 | --retries -1 is too small: give 0 or more",
                "status --server-address nowhere | invalid server address \"nowhere\": the port is missing; write host:port or unix:///path/to/socket",
                "status --server-address h:0 | invalid server address \"h:0\": the port is not within 1 to 65535; write host:port or unix:///path/to/socket",
                "status --server-address ::1:5 | invalid server address \"::1:5\": an IPv6 address needs brackets; write host:port or unix:///path/to/socket",
                "status --tls-cert-file a | --tls-cert-file and --tls-key-file belong together: give both",
                "status --tls-skip-verify --tls-ca-cert-files a | --tls-skip-verify and --tls-ca-cert-files contradict each other: give one of them",
                "status --tls-ca-cert-files /none | --tls-ca-cert-files /none does not exist",
            })
    void saysWhatIsWrongInOneLine(String args, String message) {
        CommandLineRun run = tetra(args.split(" "));
        assertEquals("Error: " + message + "\n", run.err());
        assertEquals("", run.out());
        assertEquals(1, run.code());
    }

    @Test
    void namesTheEventTypesWhenOneIsUnknown() {
        CommandLineRun run = tetra("getevents", "-e", "PROCESS_EXEC,nonsense");
        assertTrue(
                run.err()
                        .startsWith("Error: there is no event type \"nonsense\": use UNDEF, PROCESS_EXEC, "),
                run.err());
        assertEquals(1, run.code());
    }

    @Test
    void printsItsVersion() {
        CommandLineRun run = tetra("version", "-b");
        assertTrue(run.out().matches("(?s)CLI version: \\d+\\.\\d+\\.\\d+.*\nJava: .*"), run.out());
        assertEquals(0, run.code());
    }

    @Test
    void printsAScriptForTheShell() {
        CommandLineRun run = tetra("completion", "bash");
        assertTrue(run.out().contains("getevents"), run.out());
        assertEquals(0, run.code());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "30s, 30000000000",
        "1h30m, 5400000000000",
        "1.5s, 1500000000",
        ".5ms, 500000",
        "10us, 10000",
        "1s1ms1ns, 1001000001",
    })
    void readsGoDurations(String text, long nanos) throws CliException {
        assertEquals(Duration.ofNanos(nanos), GoDuration.parse("--timeout", text));
    }

    @Test
    void splitsListsAtCommasOutsideOfBrackets() {
        assertAll(
                () -> assertEquals(List.of("a", "b"), split("a,b")),
                () -> assertEquals(List.of("a{1,3}", "[x,y]", "(p,q)"), split("a{1,3},[x,y],(p,q)")),
                () -> assertEquals(List.of("\\[a", "b"), split("\\[a,b")),
                () -> assertEquals(List.of(""), split("")));
    }

    private static List<String> split(String text) {
        List<String> values = new ArrayList<>();
        Flags.split(text, values);
        return values;
    }
}
