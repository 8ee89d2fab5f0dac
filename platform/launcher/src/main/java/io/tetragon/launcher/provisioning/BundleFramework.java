// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.core.BundleControl;
import io.tetragon.core.SensorManager;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.apache.felix.framework.Felix;
import org.apache.felix.scr.info.ScrInfo;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * The OSGi framework with declarative services and FileInstall, all on the agent's class path, and the bundles in the folders
 * of sensors and exporters. Methods but {@link #control} are for one thread.
 */
public final class BundleFramework implements AutoCloseable {
    private static final String SYSTEM_PACKAGES = "/META-INF/tetragon/system-packages.properties";
    private static final int POLL_MILLIS = 500;

    private final Path storage;
    private final SensorBundles sensors = new SensorBundles();
    private @Nullable Framework framework;
    private @Nullable Provisioner provisioner;
    private @Nullable Bundle fileInstall;

    /** @param storage a directory of this process alone, in which the framework keeps its copies of bundles */
    public BundleFramework(Path storage) {
        this.storage = storage;
    }

    /** Returns the sensor manager's hand on the bundles; it knows none before {@link #deploy}. For use by any thread. */
    public BundleControl control() {
        return sensors;
    }

    /**
     * Starts the framework and declarative services, without any bundle from the folders.
     *
     * @param sensorFolder where sensors will be looked for
     * @param exporterFolder where exporters will be looked for
     */
    public void start(Path sensorFolder, Path exporterFolder) throws TetragonException {
        try {
            Framework started = new Felix(
                    configuration(sensorFolder, exporterFolder), new ClassPathModules());
            framework = started;
            started.init();
            BundleContext context = started.getBundleContext();
            Bundle components = context.installBundle(ClassPathModules.locationOf(ScrInfo.class));
            fileInstall = context.installBundle(ClassPathModules.locationOf(ArtifactInstaller.class));
            started.start();
            components.start(Bundle.START_TRANSIENT);
        } catch (BundleException | IOException e) {
            throw failed("start the OSGi framework", e);
        }
    }

    /**
     * Offers the platform's services to bundles and deploys what lies in the folders, now and whenever they change. Returns
     * when the bundles that are there are started and their sensors attached, or shown as broken.
     *
     * @param services what bundles may refer to, by interface
     * @param exporterFolder the folder of exporters, as at the start
     */
    public void deploy(SensorManager manager, Map<Class<?>, Object> services, Path exporterFolder)
            throws TetragonException {
        Framework running = framework;
        Bundle watcher = fileInstall;
        if (running == null || watcher == null) {
            throw new IllegalStateException("not started");
        }
        BundleContext context = running.getBundleContext();
        services.forEach((type, service) -> context.registerService(type.getName(), service, null));
        SensorTracker tracker = new SensorTracker(context, manager, sensors);
        tracker.open();
        try {
            Path exporters = exporterFolder.toFile().getCanonicalFile().toPath();
            Provisioner deploying = new Provisioner(context, manager, tracker, sensors, exporters,
                    flag -> services.get(Settings.class) instanceof Settings settings && !settings.string(flag).isEmpty());
            provisioner = deploying;
            context.registerService(ArtifactInstaller.class, deploying, null);
            watcher.start(Bundle.START_TRANSIENT);
        } catch (BundleException | IOException e) {
            throw failed("deploy bundles", e);
        }
    }

    /** Lets exporters write out what they hold. Sensors stay attached: their programs end with the process, all at once. */
    @Override
    public void close() {
        Provisioner deploying = provisioner;
        if (deploying != null) {
            deploying.stopExporters();
        }
    }

    /** Stops the framework and every bundle, for tests; an agent just ends. */
    void stop() throws BundleException, InterruptedException {
        Framework running = framework;
        if (running != null) {
            running.stop();
            running.waitForStop(0);
        }
    }

    /** Returns what deploys, for tests. */
    Provisioner provisioner() {
        Provisioner deploying = provisioner;
        if (deploying == null) {
            throw new IllegalStateException("not deployed");
        }
        return deploying;
    }

    private Map<String, Object> configuration(Path sensorFolder, Path exporterFolder) throws IOException {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES, systemPackages());
        configuration.put("felix.bootdelegation.implicit", "false");
        configuration.put("felix.service.urlhandlers", "false");
        configuration.put("felix.log.logger", new FrameworkLog());
        configuration.put("ds.log.enabled", "false");
        // Exporters first: what a sensor finds running when it starts is to be exported, too.
        configuration.put("felix.fileinstall.dir", exporterFolder + "," + sensorFolder);
        configuration.put("felix.fileinstall.poll", String.valueOf(POLL_MILLIS));
        configuration.put("felix.fileinstall.noInitialDelay", "true");
        // Hidden files are how copying tools name what is not whole yet.
        configuration.put("felix.fileinstall.filter", "[^.].*\\.jar");
        configuration.put("felix.fileinstall.subdir.mode", "skip");
        configuration.put("felix.fileinstall.bundles.new.start", "false");
        configuration.put("felix.fileinstall.disableNio2", "true");
        configuration.put("felix.fileinstall.log.default", "jul");
        configuration.put("felix.fileinstall.tmpdir", storage.resolve("fileinstall").toString());
        return configuration;
    }

    /** Returns what the class path offers to bundles; collected by the build, since scanning it here would take its time. */
    private static String systemPackages() throws IOException {
        Properties packages = new Properties();
        try (InputStream resource = BundleFramework.class.getResourceAsStream(SYSTEM_PACKAGES)) {
            if (resource == null) {
                throw new IOException("resource " + SYSTEM_PACKAGES + " is missing");
            }
            packages.load(resource);
        }
        return packages.getProperty("packages", "");
    }

    private static TetragonException failed(String what, Exception e) {
        return new TetragonException(TetragonException.Kind.INTERNAL, what, Diagnosis.reason(e), "", e);
    }
}
