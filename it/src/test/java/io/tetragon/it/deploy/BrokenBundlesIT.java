// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tetragon.it.deploy.SensorClient.Sensor;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Holdings;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Timeouts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever lies in the folder of sensors: the agent says what is wrong with it and goes on. */
@NeedsAgent
@Order(5)
@Tag("restarts")
@DisabledIf(
        value = "io.tetragon.it.kit.Timeouts#isSlow",
        disabledReason = "a guest has no time for it: what is wrong with a bundle is the same on every kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokenBundlesIT {
    private static final String FILE = "third-party.jar";
    private static final String OTHER_FILE = "zz-other.jar";

    private final SensorsFolder folder = SensorsFolder.copyOfTree("broken-bundles");
    private AgentProcess agent;
    private SensorClient client;
    private List<String> sound;

    @BeforeAll
    void start() {
        Agents.stop();
        agent = AgentProcess.start(AgentSetup.DEFAULTS.with("--sensors-dir", folder.path()));
        client = new SensorClient(agent);
        sound = names();
    }

    private List<String> names() {
        return client.list().stream().map(Sensor::name).toList();
    }

    @AfterEach
    void clear() {
        folder.clear(FILE);
        folder.clear(OTHER_FILE);
        boolean clear = Timeouts.await(Timeouts.event(), () -> names().equals(sound));
        assertTrue(clear, () -> "with the files gone, only " + sound + " should be listed: " + client.list());
    }

    @AfterAll
    void stop() {
        client.close();
        agent.close();
    }

    /** What lies in the folder, under which name it is listed, and the reason that is shown. */
    static Stream<Arguments> faults() {
        return Stream.of(
                fault("garbage", () -> "no zip at all".getBytes(StandardCharsets.UTF_8), FILE, "corrupt jar: .+"),
                fault("an empty file", () -> new byte[0], FILE, "corrupt jar: .+"),
                fault("half a jar", () -> BundleJar.rename().truncated(), FILE, "corrupt jar: .+"),
                fault("a jar without a manifest", () -> BundleJar.rename().withoutManifest().bytes(), FILE,
                        "not a bundle: no Bundle-SymbolicName in its manifest"),
                fault("a manifest that cannot be parsed",
                        () -> BundleJar.rename().withHeader("Import-Package", ";;=,").bytes(), FILE, ".+"),
                fault("a missing import",
                        () -> BundleJar.rename().importing("org.example.missing;version=\"[1.2,2)\"").bytes(),
                        "rename", "missing import org\\.example\\.missing version \\[1\\.2.*,2.*\\)"),
                fault("a package of another version of the API",
                        () -> BundleJar.rename().withHeader("Import-Package",
                                "io.tetragon.api.sensor;version=\"[9,10)\"").bytes(),
                        "rename", "missing import io\\.tetragon\\.api\\.sensor version \\[9.*,10.*\\)"),
                fault("a component that is not there",
                        () -> BundleJar.faulty("none").withHeader("Service-Component", "OSGI-INF/none.xml").bytes(),
                        "faulty", "registers no sensor although its manifest announces one"),
                faulty("activate-throws", ".*fault in activate.*"),
                faulty("activate-links", ".*no method for activate.*"),
                faulty("plan-throws", ".*fault in plan.*"),
                faulty("plan-links", ".*no method for plan.*"),
                faulty("plan-declines", ".*the kernel is too old.*"),
                faulty("other-abi", ".*compiled for ABI version \\d+, the agent has \\d+.*"),
                faulty("refused", ".+"),
                faulty("no-program", ".*absent.*"),
                faulty("no-opcode", ".*300.*"),
                faulty("taken-opcode", ".*opcode 5 is decoded by another sensor.*"),
                faulty("attached-throws", ".*fault in attached.*"),
                faulty("attached-links", ".*no method for attached.*"),
                faulty("decode-throws", "its decoder of opcode 201 failed: .*fault in decode.*"),
                faulty("decode-links", "its decoder of opcode 201 failed: .*no method for decode.*"),
                faulty("timer-throws", "its task on the reader's thread failed: .*fault in timer.*"),
                faulty("timer-links", "its task on the reader's thread failed: .*no method for timer.*"),
                faulty("takes-name", "registers no sensor although its manifest announces one"));
    }

    private static Arguments fault(String name, Supplier<byte[]> file, String listedAs, String reason) {
        return arguments(name, file, listedAs, reason);
    }

    private static Arguments faulty(String fault, String reason) {
        return fault("a sensor with the fault " + fault, () -> BundleJar.faulty(fault).bytes(), "faulty", reason);
    }

    @ParameterizedTest(name = "{0} is shown with its reason until the file is replaced")
    @MethodSource("faults")
    void isShownWithItsReason(String name, Supplier<byte[]> broken, String listedAs, String reason) {
        int programs = Holdings.programs(agent).size();
        folder.put(FILE, broken.get());
        awaitError(listedAs, reason);
        othersWorkOn();
        assertEquals(programs, Holdings.programs(agent).size(), "programs beside those of exec");

        folder.put(FILE, BundleJar.rename().bytes());
        client.awaitAttached("rename");
        List<String> wanted = new ArrayList<>(sound);
        wanted.add("rename");
        assertEquals(Set.copyOf(wanted), Set.copyOf(names()));
    }

    @Test
    void aFileThatTakesThePlaceOfAGoodOneIsShownUntilItGoes() {
        Map<String, byte[]> brokenByName =
                Map.of(FILE, BundleJar.rename().truncated(), "faulty", BundleJar.faulty("plan-throws").bytes());
        brokenByName.forEach((listedAs, broken) -> {
            folder.put(FILE, BundleJar.rename().bytes());
            client.awaitAttached("rename");
            folder.put(FILE, broken);
            awaitError(listedAs, ".+");
            client.awaitGone("rename");
            folder.take(FILE);
            client.awaitGone(listedAs);
            othersWorkOn();
        });
    }

    @Test
    void aSensorThatFailsAtItsEndDoesNotDisturbTheOthers() {
        for (String fault : List.of("detached-throws", "detached-links")) {
            int programs = Holdings.programs(agent).size();
            folder.put(FILE, BundleJar.faulty(fault).bytes());
            client.awaitAttached("faulty");
            othersWorkOn();
            folder.take(FILE);
            client.awaitGone("faulty");
            othersWorkOn();
            assertEquals(programs, Holdings.programs(agent).size(), "programs left by " + fault);
        }
    }

    @Test
    void ofTwoBundlesWithTheSameSensorTheFirstHasItUntilItGoes() {
        byte[] other = BundleJar.rename().withHeader("Bundle-SymbolicName", "org.example.other").bytes();
        folder.put(FILE, BundleJar.rename().bytes());
        client.awaitAttached("rename");
        folder.put(OTHER_FILE, other);
        awaitError(OTHER_FILE, "sensor rename is there already, in " + Pattern.quote(FILE));
        othersWorkOn();

        folder.take(FILE);
        client.awaitGone(OTHER_FILE);
        client.awaitAttached("rename");
    }

    @Test
    void ofTwoFilesWithTheSameBundleTheFirstIsDeployedUntilItGoes() {
        byte[] jar = BundleJar.rename().bytes();
        folder.put(FILE, jar);
        client.awaitAttached("rename");
        folder.put(OTHER_FILE, jar);
        awaitError(OTHER_FILE, ".*org\\.example\\.sensor\\.rename.*");
        folder.take(FILE);
        client.awaitGone(OTHER_FILE);
        client.awaitAttached("rename");
    }

    private void awaitError(String listedAs, String reason) {
        Pattern wanted = Pattern.compile("error: " + reason);
        boolean shown = Timeouts.await(Timeouts.event(), () -> {
            // A decoder fails at a record, and there is one for each fork.
            Launch.of("/bin/true").run();
            return client.find(listedAs).filter(sensor -> isError(sensor, wanted)).isPresent();
        });
        assertTrue(shown, () -> "no line for " + listedAs + " with \"" + wanted + "\" in " + client.list());
    }

    private static boolean isError(Sensor sensor, Pattern wanted) {
        return !sensor.enabled() && wanted.matcher(sensor.collection()).matches();
    }

    private void othersWorkOn() {
        agent.events().barrier();
        assertFalse(client.find("exec").filter(Sensor::enabled).isEmpty(), () -> "exec: " + client.list());
    }
}
