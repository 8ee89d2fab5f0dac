// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.core.SensorStatus;
import io.tetragon.core.SensorStatus.State;
import io.tetragon.launcher.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real bundles in a real framework with real folders; only what would load BPF programs is in memory. */
class HotDeploymentTest {
    @TempDir
    Path folder;

    private Path sensors;
    private Path exporters;
    private BundleFramework framework;
    private ControlThreadManager manager;

    @BeforeEach
    void startFramework() throws Exception {
        sensors = Files.createDirectories(folder.resolve("with space/sensors"));
        exporters = Files.createDirectories(folder.resolve("with space/exporters"));
        framework = new BundleFramework(folder.resolve("storage"));
        manager = new ControlThreadManager(framework.control());
        framework.start(sensors, exporters);
    }

    @AfterEach
    void stopFramework() throws Exception {
        framework.stop();
        manager.close();
    }

    private void deploy() throws TetragonException {
        framework.deploy(manager, Map.of(Node.class, new Node("node", "")), exporters);
    }

    private void awaitError(String sensor, String... parts) throws InterruptedException {
        SensorStatus status = manager.await(sensor, State.ERROR);
        for (String part : parts) {
            assertTrue(status.reason().contains(part), status.reason());
        }
        assertEquals(1, status.reason().lines().count());
    }

    @Test
    void aSensorThatIsThereAtTheStartIsAttachedWhenTheFoldersAreDeployed() throws Exception {
        TestBundle.sensor("one", true).into(sensors, "one.jar");
        deploy();
        assertEquals(List.of("installed one", "add one"), manager.calls());
    }

    @Test
    void aDeclarativeServiceIsASensorLikeAnyOther() throws Exception {
        TestBundle.component("component", "FixtureSensor", "io.tetragon.api.Node").into(sensors, "c.jar");
        deploy();
        assertEquals(List.of("installed component", "add component"), manager.calls());
    }

    @Test
    void aSensorThatNeedNotAlwaysRunIsKnownUntilItIsEnabled() throws Exception {
        TestBundle.sensor("lazy", false).into(sensors, "lazy.jar");
        deploy();
        assertEquals(new SensorStatus("lazy", State.RESOLVED, "", "test.lazy 0.0.0"), manager.list().get(0));
        manager.enable("lazy");
        manager.await("lazy", State.ATTACHED);
    }

    @Test
    void aSensorThatNamesAFlagIsStartedWhereTheFlagIsSet() throws Exception {
        for (String flag : List.of("cluster-name", "cgroup-rate")) {
            TestBundle.sensor(flag, true)
                    .header("Provide-Capability", "io.tetragon.sensor;name=" + flag + ";start=always;flag=" + flag)
                    .into(sensors, flag + ".jar");
        }
        Settings settings = new Configuration(folder, folder, variable -> null).load("--cluster-name=here");
        framework.deploy(manager, Map.of(Node.class, new Node("node", ""), Settings.class, settings), exporters);
        assertEquals(State.ATTACHED, manager.await("cluster-name", State.ATTACHED).state());
        assertEquals(State.RESOLVED, manager.await("cgroup-rate", State.RESOLVED).state());
    }

    @Test
    void theSectionsThatASensorServesAreKnownBeforeItIsStarted() throws Exception {
        TestBundle.sensor("many", false).serving("many", ":List<String>=\"kprobes,fentries\"").into(sensors, "many.jar");
        TestBundle.sensor("one", false).serving("one", "=tracepoints").into(sensors, "one.jar");
        deploy();
        assertEquals(List.of("installed many for [kprobes, fentries]", "installed one for [tracepoints]"), manager.calls());
        TestBundle.sensor("needy", false).serving("needy", "=uprobes").importing("com.example.lib").into(sensors, "needy.jar");
        awaitError("needy", "missing import com.example.lib");
        assertTrue(manager.calls().contains("installed needy for [uprobes]"), manager.calls().toString());
    }

    @Test
    void aBundleThatWasStartedOnDemandStopsWhenNobodyNeedsItAndStartsAgain() throws Exception {
        TestBundle.sensor("lazy", false).into(sensors, "lazy.jar");
        TestBundle.sensor("always", true).into(sensors, "always.jar");
        deploy();
        for (int i = 0; i < 3; i++) {
            framework.control().start("lazy");
            assertEquals(State.ATTACHED, manager.await("lazy", State.ATTACHED).state());
            framework.control().start("lazy");
            framework.control().stop("lazy");
            manager.await("lazy", State.STARTED);
        }
        framework.control().start("always");
        framework.control().stop("always");
        assertEquals(State.ATTACHED, manager.await("always", State.ATTACHED).state());
        assertThrows(TetragonException.class, () -> framework.control().stop("nobody"));
    }

    @Test
    void aBundleOfTwoSensorsRunsAsLongAsOneOfThemIsNeeded() throws Exception {
        TestBundle.sensor("one", false)
                .header("Provide-Capability", "io.tetragon.sensor;name=one,io.tetragon.sensor;name=two")
                .into(sensors, "both.jar");
        deploy();
        framework.control().start("one");
        framework.control().start("two");
        framework.control().stop("one");
        manager.await("one", State.ATTACHED);
        framework.control().stop("two");
        manager.await("one", State.STARTED);
    }

    @Test
    void aBundleThatIsStartedOnDemandAndRegistersNoSensorIsAnError() throws Exception {
        TestBundle.named("test.liar").announcing("liar", false).into(sensors, "liar.jar");
        TestBundle.sensor("grumpy", false).header("Test-Failure", "I won't").into(sensors, "grumpy.jar");
        deploy();
        for (Map.Entry<String, String> row : Map.of("liar", "registers no sensor", "grumpy", "I won't").entrySet()) {
            TetragonException e = assertThrows(TetragonException.class, () -> framework.control().start(row.getKey()));
            assertTrue(e.getMessage().contains(row.getValue()), e.getMessage());
        }
    }

    @Test
    void aBundleThatIsTakenAwayIsDetachedAndOneThatIsPutBackIsAttachedAgain() throws Exception {
        Path file = TestBundle.sensor("one", true).into(sensors, "one.jar");
        deploy();
        Path aside = Files.move(file, folder.resolve("one.jar"));
        manager.awaitGone("one");
        Files.move(aside, file);
        manager.await("one", State.ATTACHED);
        assertEquals(List.of("installed one", "add one", "remove one", "gone one", "installed one", "add one"),
                manager.calls());
    }

    @Test
    void aBundleThatIsReplacedIsDetachedFirst() throws Exception {
        TestBundle.sensor("one", true).into(sensors, "one.jar");
        deploy();
        TestBundle.sensor("one", true).header("Bundle-Version", "2.0").into(sensors, "one.jar");
        manager.await("one", status -> manager.calls().lastIndexOf("add one") > 1);
        assertEquals(List.of("installed one", "add one", "remove one", "gone one", "installed one", "add one"),
                manager.calls());
    }

    @Test
    void aCorruptJarIsShownAndASoundOneInItsPlaceWorks() throws Exception {
        byte[] sound = TestBundle.sensor("one", true).bytes();
        TestBundle.put(sensors, "half.jar", Arrays.copyOf(sound, sound.length / 2));
        byte[] flipped = TestBundle.sensor("two", true).bytes();
        flipped[flipped.length / 2] ^= 0x55;
        TestBundle.put(sensors, "flipped.jar", flipped);
        TestBundle.put(sensors, "text.jar", "not a jar".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        TestBundle.sensor("well", true).into(sensors, "well.jar");
        deploy();
        awaitError("half.jar", "corrupt jar");
        awaitError("flipped.jar", "corrupt jar");
        awaitError("text.jar", "corrupt jar");
        manager.await("well", State.ATTACHED);

        TestBundle.put(sensors, "half.jar", sound);
        manager.await("one", State.ATTACHED);
        manager.awaitGone("half.jar");
        Files.delete(sensors.resolve("text.jar"));
        manager.awaitGone("text.jar");
    }

    @Test
    void aJarThatIsNoBundleIsShown() throws Exception {
        TestBundle.named("").into(sensors, "plain.jar");
        TestBundle.named("bad").header("Import-Package", "java.lang;;;=").into(sensors, "manifest.jar");
        deploy();
        awaitError("plain.jar", "no Bundle-SymbolicName");
        assertEquals(State.ERROR, manager.await("manifest.jar", State.ERROR).state());
    }

    @Test
    void aMissingImportIsNamedAndGoesAwayWithTheBundleThatHasIt() throws Exception {
        TestBundle.sensor("needy", true).importing("com.example.lib;version=\"[1.2,2)\"").into(sensors, "needy.jar");
        deploy();
        awaitError("needy", "missing import com.example.lib version [1.2");
        TestBundle.named("com.example.lib").header("Export-Package", "com.example.lib;version=1.3").into(sensors, "lib.jar");
        manager.await("needy", State.ATTACHED);
        // And the other way round: what a running bundle uses goes.
        Files.delete(sensors.resolve("lib.jar"));
        awaitError("needy", "missing import com.example.lib");
    }

    @Test
    void aBundleThatFailsToStartIsShownWithItsReason() throws Exception {
        TestBundle.sensor("grumpy", true).header("Test-Failure", "I|won't").into(sensors, "grumpy.jar");
        TestBundle.component("failing", "FailingComponent", "").into(sensors, "failing.jar");
        TestBundle.component("lonely", "FixtureSensor", "java.lang.Readable").into(sensors, "lonely.jar");
        TestBundle.named("test.liar").announcing("liar", true).into(sensors, "liar.jar");
        deploy();
        awaitError("grumpy", "I won't");
        awaitError("failing", "this sensor is tired");
        awaitError("lonely", "java.lang.Readable");
        awaitError("liar", "registers no sensor");
    }

    @Test
    void ofTwoBundlesWithTheSameSensorTheSecondWaitsForTheFirstToGo() throws Exception {
        TestBundle.sensor("one", true).into(sensors, "a.jar");
        TestBundle.sensor("one", true).header("Bundle-SymbolicName", "other").into(sensors, "b.jar");
        TestBundle.sensor("one", true).into(sensors, "c.jar");
        deploy();
        manager.await("one", State.ATTACHED);
        awaitError("b.jar", "sensor one is there already, in a.jar");
        manager.await("c.jar", State.ERROR);
        Files.delete(sensors.resolve("a.jar"));
        manager.await("one", status -> manager.calls().lastIndexOf("add one") > manager.calls().indexOf("gone one"));
    }

    @Test
    void anExporterIsAlwaysStarted() throws Exception {
        // A sensor shows that it runs; nothing forbids an exporter to bring one.
        TestBundle.sensor("witness", false).into(exporters, "exporter.jar");
        deploy();
        manager.await("witness", State.ATTACHED);
        TestBundle.sensor("grumpy", false).header("Test-Failure", "no").into(exporters, "grumpy.jar");
        awaitError("grumpy", "no");
    }

    @Test
    void aSensorThatIsRemovedByNameIsGoneUntilItsFileChanges() throws Exception {
        TestBundle.sensor("one", true).into(sensors, "one.jar");
        deploy();
        manager.remove("one");
        manager.await("one", State.STARTED);
        TetragonException error = assertThrows(TetragonException.class, () -> manager.enable("one"));
        assertEquals(TetragonException.Kind.NOT_FOUND, error.kind());
        TestBundle.sensor("one", true).header("Bundle-Version", "2.0").into(sensors, "one.jar");
        manager.await("one", State.ATTACHED);
    }

    @Test
    void filesThatAreNoJarsOrHiddenAreIgnored() throws Exception {
        TestBundle.sensor("hidden", true).into(sensors, ".one.jar");
        TestBundle.sensor("draft", true).into(sensors, "one.jar.tmp");
        Files.createDirectories(sensors.resolve("folder.jar"));
        TestBundle.sensor("one", true).into(sensors, "one.jar");
        deploy();
        assertEquals(List.of("installed one", "add one"), manager.calls());
    }

    /** The control thread starts a bundle while the deploying thread takes it away, and each needs the other. */
    @Test
    void enablingASensorWhileItsBundleComesAndGoesNeverHangs() throws Exception {
        deploy();
        Path file = TestBundle.sensor("busy", true).into(folder, "busy.jar");
        AtomicBoolean over = new AtomicBoolean();
        Thread user = new Thread(() -> {
            while (!over.get()) {
                try {
                    manager.enable("busy");
                } catch (TetragonException e) {
                    // Not there, or being changed: what a user would be told.
                    continue;
                }
            }
        });
        user.start();
        try {
            assertTimeoutPreemptively(Duration.ofSeconds(120), () -> {
                for (int i = 0; i < 100; i++) {
                    framework.provisioner().install(file.toFile());
                    framework.provisioner().uninstall(file.toFile());
                }
            });
        } finally {
            over.set(true);
            user.join();
        }
        assertEquals(List.of(), manager.list());
    }
}
