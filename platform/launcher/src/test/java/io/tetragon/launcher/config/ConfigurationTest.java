// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.EventRate;
import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
    @TempDir
    Path root;

    private final Map<String, String> environment = new HashMap<>();
    private Path workingDirectory;

    @BeforeEach
    void makeWorkingDirectory() throws IOException {
        workingDirectory = Files.createDirectories(root.resolve("home"));
    }

    private FlagSettings load(String... arguments) throws TetragonException {
        return new Configuration(root, workingDirectory, environment::get).load(arguments);
    }

    private void write(String file, String content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    /** Each row sets the flag in the sources that are named, each to its own name; the last of them must win. */
    @ParameterizedTest(name = "of {0} the last one counts")
    @ValueSource(strings = {
        "usr-lib",
        "usr-lib usr-local-lib",
        "usr-lib usr-local-lib cwd-yaml",
        "usr-lib cwd-yaml etc-yaml",
        "cwd-yaml etc-yaml etc-dir",
        "etc-yaml etc-dir config-dir",
        "usr-lib usr-local-lib cwd-yaml etc-yaml etc-dir config-dir environment",
        "usr-lib usr-local-lib cwd-yaml etc-yaml etc-dir config-dir environment command-line",
        "usr-lib command-line",
        "config-dir command-line",
        "etc-yaml environment"
    })
    void aLaterSourceOverridesAnEarlierOne(String sources) throws Exception {
        String[] arguments = {};
        String last = "";
        for (String source : sources.split(" ")) {
            last = source;
            switch (source) {
                case "usr-lib" -> write("usr/lib/tetragon/tetragon.conf.d/cluster-name", source);
                case "usr-local-lib" -> write("usr/local/lib/tetragon/tetragon.conf.d/cluster-name", source);
                case "cwd-yaml" -> write("home/tetragon.yaml", "cluster-name: cwd-yaml\n");
                case "etc-yaml" -> write("etc/tetragon/tetragon.yaml", "cluster-name: etc-yaml\n");
                case "etc-dir" -> write("etc/tetragon/tetragon.conf.d/cluster-name", source);
                case "config-dir" -> {
                    write("mine/cluster-name", source);
                    environment.put("TETRAGON_CONFIG_DIR", root.resolve("mine").toString());
                }
                case "environment" -> environment.put("TETRAGON_CLUSTER_NAME", source);
                case "command-line" -> arguments = new String[] {"--cluster-name", source};
                default -> throw new IllegalArgumentException(source);
            }
        }
        assertEquals(last, load(arguments).string("cluster-name"));
    }

    @ParameterizedTest(name = "named by {0}")
    @ValueSource(strings = {"file", "environment", "command line"})
    void theConfigDirectoryMayBeNamedByAnySource(String source) throws Exception {
        write("mine/log-level", "warn");
        String mine = root.resolve("mine").toString();
        String[] arguments = {};
        switch (source) {
            case "file" -> write("etc/tetragon/tetragon.conf.d/config-dir", mine);
            case "environment" -> environment.put("TETRAGON_CONFIG_DIR", mine);
            default -> arguments = new String[] {"--config-dir=" + mine};
        }
        assertEquals("warn", load(arguments).string("log-level"));
    }

    @Test
    void anEmptyConfigDirectoryIsNone() throws Exception {
        write("etc/tetragon/tetragon.conf.d/config-dir", "/no/such/directory");
        assertEquals("info", load("--config-dir=").string("log-level"));
    }

    @Test
    void aConfigDirectoryThatCannotBeReadIsAnError() {
        TetragonException error = assertThrows(TetragonException.class, () -> load("--config-dir=/no/such/directory"));
        assertTrue(error.getMessage().startsWith("--config-dir /no/such/directory: "), error.getMessage());
    }

    @Test
    void aDropInFileIsOneValueWithoutTheWhiteSpaceAroundIt() throws Exception {
        write("etc/tetragon/tetragon.conf.d/export-allowlist", "\n {\"event_set\":[\"PROCESS_EXEC\"]}\n\n");
        write("etc/tetragon/tetragon.conf.d/..data/cluster-name", "a sub-directory is skipped");
        write("etc/tetragon/tetragon.conf.d/not-a-flag", "is ignored");
        FlagSettings settings = load();
        assertEquals("{\"event_set\":[\"PROCESS_EXEC\"]}", settings.string("export-allowlist"));
        assertEquals("", settings.string("cluster-name"));
    }

    @Test
    void alsoALinkToADirectoryIsSkippedInADropInDirectory() throws Exception {
        write("elsewhere/cluster-name", "x");
        Path directory = Files.createDirectories(root.resolve("etc/tetragon/tetragon.conf.d"));
        Files.createSymbolicLink(directory.resolve("cluster-name"), root.resolve("elsewhere"));
        assertEquals("", load().string("cluster-name"));
    }

    @Test
    void anEmptyFileClearsWhatAnEarlierSourceSet() throws Exception {
        write("usr/lib/tetragon/tetragon.conf.d/export-filename", "/var/log/events");
        write("etc/tetragon/tetragon.conf.d/export-filename", "");
        assertEquals("", load().string("export-filename"));
    }

    @Test
    void yamlScalarsCountAsTheyAreWritten() throws Exception {
        write("etc/tetragon/tetragon.yaml", """
                # a comment
                export-file-perm: 0640
                enable-process-ns: true
                export-allowlist: '{"event_set":["PROCESS_EXIT"]}'
                enable-ancestors: [base, kprobe]
                export-filename: null
                """);
        FlagSettings settings = load();
        assertEquals("0640", settings.string("export-file-perm"));
        assertTrue(settings.bool("enable-process-ns"));
        assertEquals("{\"event_set\":[\"PROCESS_EXIT\"]}", settings.string("export-allowlist"));
        assertEquals(List.of("base", "kprobe"), settings.list("enable-ancestors"));
        assertEquals("", settings.string("export-filename"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"- a\n- b\n", "export-allowlist: {\"event_set\": [PROCESS_EXIT]}\n", "a: [b\n", "[[]]: 1\n"})
    void yamlThatIsNoMapOfFlagsIsAnErrorOfOneLineThatNamesTheFile(String yaml) throws Exception {
        write("home/tetragon.yaml", yaml);
        TetragonException error = assertThrows(TetragonException.class, this::load);
        assertTrue(error.getMessage().startsWith(workingDirectory.resolve("tetragon.yaml") + ": "), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    @Test
    void aDirectoryCalledTetragonYamlIsIgnored() throws Exception {
        Files.createDirectories(root.resolve("etc/tetragon/tetragon.yaml"));
        assertEquals("info", load().string("log-level"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "--log-level=warn                         | log-level       | warn",
        "--log-level warn                         | log-level       | warn",
        "--cluster-name --debug                   | cluster-name    | --debug",
        "--cluster-name=a=b                       | cluster-name    | a=b",
        "-d                                       | debug           | true",
        "-d=false                                 | debug           | false",
        "--debug                                  | debug           | true",
        "--debug=0                                | debug           | 0",
        "--log-level=warn --log-level=error       | log-level       | error",
        "--enable-ancestors=base --enable-ancestors kprobe,lsm | enable-ancestors | base,kprobe,lsm",
    })
    void argumentsHaveTheSyntaxOfTetragonsStartLines(String line, String flag, String expected) throws Exception {
        assertEquals(expected, load(line.split(" +")).string(flag));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "--no-such-flag                          | --no-such-flag: unknown flag",
        "-x                                      | -x: unknown flag",
        "--log-level                             | --log-level: needs a value",
        "--debug false                           | unexpected argument \"false\": every setting is a flag",
        "-- x                                    | unexpected argument \"x\": every setting is a flag",
        "--debug=maybe                           | --debug=maybe (command line): expected true or false",
        "--event-queue-size=ten                  | --event-queue-size=ten (command line): expected a whole number",
        "--event-queue-size=-1                   | --event-queue-size=-1 (command line): expected a number from 0",
        "--event-queue-size=0                    | --event-queue-size=0: must be above 0",
        "--rb-size=1X                            | --rb-size=1X (command line): expected a number of bytes",
        "--rb-size=99999999999G                  | --rb-size=99999999999G (command line): too large",
        "--process-cache-gc-interval=30          | --process-cache-gc-interval=30 (command line): expected a duration",
        "--process-cache-gc-interval=0           | --process-cache-gc-interval=0: must be longer than 0",
        "--log-format=xml                        | --log-format=xml: expected one of text, json",
        "--log-level=loud                        | --log-level=loud: expected one of",
        "--username-metadata=ldap                | --username-metadata=ldap: expected one of disabled, unix",
        "--export-file-perm=rw                   | --export-file-perm=rw: expected octal permissions",
        "--cgroup-rate=fast                      | --cgroup-rate=fast (command line): expected \"events,interval\" such as",
        "--cgroup-rate=1000                      | --cgroup-rate=1000 (command line): expected \"events,interval\" such as",
        "--cgroup-rate=,1s                       | --cgroup-rate=,1s (command line): expected \"events,interval\" such as",
        "--cgroup-rate=-1,1s                     | --cgroup-rate=-1,1s (command line): expected \"events,interval\" such as",
        "--cgroup-rate=1e3,1s                    | --cgroup-rate=1e3,1s (command line): expected \"events,interval\" such",
        "--cgroup-rate=99999999999999999999,1s   | --cgroup-rate=99999999999999999999,1s (command line): expected \"events",
        "--cgroup-rate=10,                       | --cgroup-rate=10, (command line): expected a duration such as 15s",
        "--cgroup-rate=10,1                      | --cgroup-rate=10,1 (command line): expected a duration such as 15s",
        "--cgroup-rate=10,1s,2s                  | --cgroup-rate=10,1s,2s (command line): expected a duration such as",
        "--cgroup-rate=10,soon                   | --cgroup-rate=10,soon (command line): expected a duration such as 15s",
        "--cgroup-rate=0,1s                      | --cgroup-rate=0,1s (command line): a limit of 0 events",
        "--cgroup-rate=10,0                      | --cgroup-rate=10,0 (command line): expected an interval from 1ms",
        "--cgroup-rate=10,-1s                    | --cgroup-rate=10,-1s (command line): expected an interval from 1ms",
        "--cgroup-rate=10,999us                  | --cgroup-rate=10,999us (command line): expected an interval from 1ms",
        "--cgroup-rate=10,25h                    | --cgroup-rate=10,25h (command line): expected an interval from 1ms",
        "--tracing-policy-dir=policies           | --tracing-policy-dir=policies: must be an absolute path",
        "--k8s-controlplane-retry=0              | --k8s-controlplane-retry=0: 0 attempts",
        "--verbose=3                             | --verbose=3: expected 0, 1 or 2",
        "--rb-size=1M --rb-size-total=4M         | --rb-size and --rb-size-total: exclude each other",
        "--execve-map-entries=1 --execve-map-size=1M | --execve-map-entries and --execve-map-size: exclude each other",
        "--parents-map-entries=1 --parents-map-size=1M | --parents-map-entries and --parents-map-size: exclude",
        "--force-small-progs --force-large-progs | --force-small-progs and --force-large-progs: exclude each other",
        "--disable-process-cache --enable-ancestors=base | --disable-process-cache and --enable-ancestors: exclude",
        "--enable-ancestors=kprobe               | --enable-ancestors=kprobe: the other event classes need base",
        "--server-tls-cert-file=c                | --server-tls-cert-file=c: goes only together with",
        "--server-tls-key-file=k                 | --server-tls-cert-file=: goes only together with",
        "--server-tls-require-client-cert        | --server-tls-require-client-cert=true: needs",
        "--server-tls-client-ca-files=a          | --server-tls-client-ca-files=a: needs --server-tls-require-client-cert",
        "--server-tls-cert-file=c --server-tls-key-file=k --server-address=unix:///s | --server-tls-cert-file=c: needs a",
    })
    void aWrongCommandLineIsRefusedWithOneLine(String line, String message) {
        TetragonException error = assertThrows(TetragonException.class, () -> load(line.split(" +")));
        assertTrue(error.getMessage().startsWith(message), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    @Test
    void aWrongValueInAFileNamesTheFilesFolder() throws Exception {
        write("etc/tetragon/tetragon.conf.d/event-queue-size", "ten");
        TetragonException error = assertThrows(TetragonException.class, this::load);
        assertTrue(error.getMessage().contains(root.resolve("etc/tetragon/tetragon.conf.d").toString()),
                error.getMessage());
    }

    @Test
    void anExportRateLimitThatIsNoNumberIsNoLimit() throws Exception {
        assertEquals(-1, load("--export-rate-limit=fast").number("export-rate-limit"));
    }

    @Test
    void anEmptyVariableIsAsGoodAsNone() throws Exception {
        write("etc/tetragon/tetragon.conf.d/cluster-name", "file");
        environment.put("TETRAGON_CLUSTER_NAME", "");
        assertEquals("file", load().string("cluster-name"));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "100ms,100", "1.5s,1500", "1m30s,90000", "1h,3600000", "-1s,-1000", "500us,0", "1h0.5m,3630000"})
    void durationsHaveGosSyntax(String text, long millis) throws Exception {
        assertEquals(Duration.ofMillis(millis),
                load("--export-file-rotation-interval=" + text).duration("export-file-rotation-interval")
                        .truncatedTo(java.time.temporal.ChronoUnit.MILLIS));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"10,1s|10|1000", "1000,1m|1000|60000", "1,1m30s|1|90000", "007,1.5s|7|1500"})
    void ratesAreEventsInAnInterval(String text, long events, long millis) throws Exception {
        assertEquals(new EventRate(events, Duration.ofMillis(millis)), load("--cgroup-rate=" + text).rate("cgroup-rate"));
    }

    @Test
    void anEmptyRateIsNoLimit() throws Exception {
        assertEquals(EventRate.NONE, load("--cgroup-rate=").rate("cgroup-rate"));
        assertEquals(EventRate.NONE, load().rate("cgroup-rate"));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "65536,65536", "4K,4096", "16M,16777216", "1G,1073741824", "2k,2048"})
    void sizesMayHaveAUnit(String text, long bytes) throws Exception {
        assertEquals(bytes, load("--rb-size=" + text).size("rb-size"));
    }

    @ParameterizedTest
    @CsvSource({"10,10", "0x10,16", "010,8", "0b11,3", "+5,5"})
    void numbersHaveGosSyntax(String text, long value) throws Exception {
        assertEquals(value, load("--process-cache-size=" + text).number("process-cache-size"));
    }

    @Test
    void helpListsEveryFlagAndGenerateDocsIsYaml() throws Exception {
        String help = String.valueOf(Configuration.information("--help"));
        assertTrue(help.contains("--server-address string"), help);
        assertTrue(help.contains("-d, --debug"), help);
        assertTrue(String.valueOf(Configuration.information("--generate-docs")).startsWith("options:\n"));
        assertNull(Configuration.information("--debug"));
    }
}
