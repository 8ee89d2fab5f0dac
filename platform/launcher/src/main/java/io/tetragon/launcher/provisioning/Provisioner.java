// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.log.Log;
import io.tetragon.core.SensorManager;
import io.tetragon.core.SensorStatus;
import io.tetragon.launcher.provisioning.Deployment.Claim;
import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Makes bundles of the jars in the folders of sensors and exporters. FileInstall watches the folders and tells of each file
 * once it has stopped changing; what happens then is decided here:
 *
 * <ul>
 *   <li>A file that is no sound bundle, or lacks an import, is shown with its reason; the agent and the other bundles run on.
 *       It is tried again when the file changes; for want of an import, also when another bundle comes.
 *   <li>A sensor that its manifest announces with {@code start=always} is started, as is every exporter; if it names a
 *       {@code flag} as well, only where that is set. Any other sensor is only known, with the sections of policies that it serves, until the sensor manager asks for it.
 *   <li>A bundle whose file goes is uninstalled; its sensors are detached when {@link #uninstall(File)} returns.
 * </ul>
 *
 * <p>FileInstall calls from one thread per folder, serialised here.
 */
final class Provisioner implements ArtifactInstaller {
    private static final Log LOG = Log.of(Provisioner.class);
    private static final int REFRESH_SECONDS = 10;

    private final BundleContext context;
    private final FrameworkWiring wiring;
    private final SensorManager manager;
    private final SensorTracker tracker;
    private final SensorBundles sensors;
    private final Path exporters;
    private final Predicate<String> flags;
    private final Map<File, Deployment> deployments = new TreeMap<>();

    /**
     * @param exporters the folder whose bundles are always started, symbolic links resolved
     * @param flags tells whether a flag is set
     */
    Provisioner(BundleContext context, SensorManager manager, SensorTracker tracker, SensorBundles sensors, Path exporters,
            Predicate<String> flags) {
        this.context = context;
        this.wiring = context.getBundle(0).adapt(FrameworkWiring.class);
        this.manager = manager;
        this.tracker = tracker;
        this.sensors = sensors;
        this.exporters = exporters;
        this.flags = flags;
    }

    @Override
    public boolean canHandle(File file) {
        return file.getName().endsWith(".jar");
    }

    @Override
    public synchronized void install(File file) {
        Deployment deployment = new Deployment(file);
        deployments.put(file, deployment);
        install(deployment);
        settle();
    }

    @Override
    public synchronized void update(File file) {
        Deployment old = deployments.remove(file);
        if (old != null) {
            uninstall(old);
            refresh();
        }
        install(file);
    }

    @Override
    public synchronized void uninstall(File file) {
        Deployment deployment = deployments.remove(file);
        if (deployment == null) {
            return;
        }
        uninstall(deployment);
        refresh();
        settle();
    }

    /** Stops the exporters, so that they write out what they hold. Sensors are left to the end of the process. */
    synchronized void stopExporters() {
        for (Deployment deployment : deployments.values()) {
            if (isExporter(deployment)) {
                stop(deployment);
            }
        }
    }

    private void install(Deployment deployment) {
        try {
            BundleFile.check(deployment.file);
            deployment.conflicts = true;
            try (InputStream content = new BufferedInputStream(Files.newInputStream(deployment.file.toPath()))) {
                deployment.bundle = context.installBundle(deployment.file.toURI().toString(), content);
            }
            announce(deployment);
            LOG.info("bundle installed", "bundle", deployment.label(), "file", deployment.file);
        } catch (BundleException | IOException | RuntimeException e) {
            // Of any kind: the framework parses what strangers wrote, and whatever it trips over is that bundle's failure.
            fail(deployment, Diagnosis.reason(e));
        }
    }

    private void announce(Deployment deployment) throws BundleException {
        Bundle bundle = deployment.bundle;
        if (bundle == null) {
            return;
        }
        List<Announcement> announcements = Announcement.of(bundle, flags);
        for (Announcement announcement : announcements) {
            Deployment other = sensors.add(announcement.sensor(), deployment);
            if (other != null) {
                announcements.forEach(mine -> sensors.remove(mine.sensor(), deployment));
                deployment.bundle = null;
                bundle.uninstall();
                throw new BundleException(
                        "sensor " + announcement.sensor() + " is there already, in " + other.file.getName());
            }
        }
        deployment.announcements = announcements;
        deployment.always = isExporter(deployment) || announcements.stream().anyMatch(Announcement::startAlways);
    }

    /** Brings every bundle as far as it gets, again and again while one bundle's progress may help another. */
    private void settle() {
        boolean progress = true;
        while (progress) {
            progress = false;
            for (Deployment deployment : List.copyOf(deployments.values())) {
                progress |= advance(deployment);
            }
        }
    }

    /** Returns whether the bundle got further. */
    private boolean advance(Deployment deployment) {
        Bundle bundle = deployment.bundle;
        if (bundle == null) {
            return false;
        }
        if (bundle.getState() == Bundle.INSTALLED) {
            if (!wiring.resolveBundles(List.of(bundle))) {
                fail(deployment, Diagnosis.unresolved(bundle, wiring));
                return false;
            }
            resolved(deployment);
            return true;
        }
        if (bundle.getState() == Bundle.RESOLVED && deployment.failure.isEmpty() && isWanted(deployment)) {
            start(deployment, bundle);
            return true;
        }
        return false;
    }

    private void resolved(Deployment deployment) {
        deployment.failure = "";
        show(deployment, deployment.announcements.stream().map(Announcement::sensor).toList());
        tell(deployment, SensorStatus.State.RESOLVED);
    }

    private void tell(Deployment deployment, SensorStatus.State state) {
        for (Announcement announcement : deployment.announcements) {
            manager.bundleInstalled(announcement.sensor(), deployment.label(), state, announcement.sections());
        }
    }

    private boolean isWanted(Deployment deployment) {
        return deployment.restart || deployment.always;
    }

    private void start(Deployment deployment, Bundle bundle) {
        deployment.restart = false;
        deployment.claim(Claim.STARTING);
        try {
            bundle.start(Bundle.START_TRANSIENT);
        } catch (BundleException e) {
            fail(deployment, Diagnosis.reason(e));
            return;
        } finally {
            deployment.release();
        }
        String failures = Diagnosis.components(bundle, context);
        if (!failures.isEmpty()) {
            fail(deployment, failures);
        } else if (!deployment.announcements.isEmpty() && !tracker.hasSensorOf(bundle)) {
            fail(deployment, "registers no sensor although its manifest announces one");
        }
    }

    private static void stop(Deployment deployment) {
        Bundle bundle = deployment.bundle;
        if (bundle == null || bundle.getState() != Bundle.ACTIVE) {
            return;
        }
        deployment.claim(Claim.STOPPING);
        try {
            bundle.stop(Bundle.STOP_TRANSIENT);
        } catch (BundleException e) {
            LOG.warn("bundle does not stop well", "bundle", deployment.label(), "reason", Diagnosis.reason(e));
        } finally {
            deployment.release();
        }
    }

    private void uninstall(Deployment deployment) {
        String label = deployment.label();
        Bundle bundle = deployment.bundle;
        if (bundle != null) {
            deployment.claim(Claim.STOPPING);
            try {
                // It may be gone already: the sensor manager can uninstall a bundle while its file stays.
                if (bundle.getState() != Bundle.UNINSTALLED) {
                    bundle.uninstall();
                }
            } catch (BundleException e) {
                LOG.warn("bundle does not stop well", "bundle", label, "reason", Diagnosis.reason(e));
            } finally {
                deployment.release();
            }
        }
        deployment.announcements.forEach(announcement -> sensors.remove(announcement.sensor(), deployment));
        show(deployment, List.of());
        LOG.info("bundle removed", "bundle", label, "file", deployment.file);
        retryConflicts();
    }

    /** Two files with the same bundle or sensor: when one goes, the other's time has come. */
    private void retryConflicts() {
        for (Deployment other : deployments.values()) {
            if (other.bundle == null && other.conflicts) {
                install(other);
            }
        }
    }

    /** Lets go of removed bundles that others still use: these are stopped, wired anew, and started by {@link #settle}. */
    private void refresh() {
        Collection<Bundle> removed = wiring.getRemovalPendingBundles();
        if (removed.isEmpty()) {
            return;
        }
        Collection<Bundle> users = wiring.getDependencyClosure(removed);
        for (Deployment deployment : deployments.values()) {
            Bundle bundle = deployment.bundle;
            if (bundle != null && users.contains(bundle) && bundle.getState() == Bundle.ACTIVE) {
                deployment.restart = true;
                stop(deployment);
            }
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        wiring.refreshBundles(removed, event -> refreshed.countDown());
        try {
            if (!refreshed.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("bundles are still being refreshed", "seconds", REFRESH_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(Deployment deployment, String reason) {
        if (reason.equals(deployment.failure)) {
            return;
        }
        deployment.failure = reason;
        LOG.warn("bundle does not work", "bundle", deployment.label(), "file", deployment.file, "reason", reason);
        List<String> names = deployment.names();
        show(deployment, names);
        // A policy that needs a broken sensor is to be told of the breakage, not that nobody serves its section.
        tell(deployment, SensorStatus.State.INSTALLED);
        names.forEach(name -> manager.bundleFailed(name, deployment.label(), reason));
    }

    /** Changes the names under which the sensor manager lists the deployment. */
    private void show(Deployment deployment, List<String> names) {
        for (String name : deployment.shown) {
            if (!names.contains(name)) {
                manager.bundleGone(name);
            }
        }
        deployment.shown = names;
    }

    private boolean isExporter(Deployment deployment) {
        return exporters.equals(deployment.file.toPath().getParent());
    }
}
