// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.core.BundleControl;
import io.tetragon.launcher.provisioning.Deployment.Claim;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** The bundle of each sensor, and the sensor manager's hand on it. Safe for use by any thread; never waits for a claim. */
final class SensorBundles implements BundleControl {
    private final Map<String, Deployment> bySensor = new ConcurrentHashMap<>();

    /** Makes a deployment the one of a sensor; returns the one that has the sensor already, or null. */
    @Nullable Deployment add(String sensor, Deployment deployment) {
        Deployment other = bySensor.putIfAbsent(sensor, deployment);
        return other == deployment ? null : other;
    }

    void remove(String sensor, Deployment deployment) {
        bySensor.remove(sensor, deployment);
    }

    /** Tells whether a bundle is the one that announces a sensor. */
    boolean isAnnouncedBy(Bundle bundle, String sensor) {
        Deployment deployment = bySensor.get(sensor);
        return deployment != null && bundle.equals(deployment.bundle);
    }

    @Override
    public void start(String sensor) throws TetragonException {
        Deployment deployment = find(sensor);
        deployment.startedFor.add(sensor);
        Claim before = deployment.tryClaim(Claim.STARTING);
        if (before == Claim.STARTING) {
            // Being started by the deploying thread: the service is on its way.
            return;
        }
        if (before == Claim.STOPPING) {
            throw failed("start", sensor, "its bundle is being changed", "try again");
        }
        try {
            Bundle bundle = deployment.bundle;
            if (bundle == null) {
                throw failed("start", sensor, deployment.failure, "replace the bundle");
            }
            bundle.start(Bundle.START_TRANSIENT);
            requireSensor(bundle, sensor);
        } catch (BundleException e) {
            throw failed("start", sensor, Diagnosis.reason(e), "replace the bundle");
        } catch (IllegalStateException e) {
            throw gone("start", sensor, e);
        } finally {
            deployment.release();
        }
    }

    private static void requireSensor(Bundle bundle, String sensor) throws TetragonException {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        if (services != null && Arrays.stream(services).anyMatch(SensorBundles::isSensor)) {
            return;
        }
        BundleContext context = bundle.getBundleContext();
        String failures = context == null ? "" : Diagnosis.components(bundle, context);
        throw failed("start", sensor,
                failures.isEmpty() ? "registers no sensor although its manifest announces one" : failures, "replace the bundle");
    }

    private static boolean isSensor(ServiceReference<?> service) {
        return service.getProperty(Constants.OBJECTCLASS) instanceof String[] types
                && Arrays.asList(types).contains(Sensor.class.getName());
    }

    @Override
    public void stop(String sensor) throws TetragonException {
        Deployment deployment = find(sensor);
        deployment.startedFor.remove(sensor);
        if (deployment.always || !deployment.startedFor.isEmpty()) {
            return;
        }
        if (deployment.tryClaim(Claim.STOPPING) != Claim.FREE) {
            throw failed("stop", sensor, "its bundle is being changed", "");
        }
        try {
            Bundle bundle = deployment.bundle;
            if (bundle != null && bundle.getState() == Bundle.ACTIVE) {
                bundle.stop(Bundle.STOP_TRANSIENT);
            }
        } catch (BundleException e) {
            throw failed("stop", sensor, Diagnosis.reason(e), "");
        } catch (IllegalStateException e) {
            throw gone("stop", sensor, e);
        } finally {
            deployment.release();
        }
    }

    @Override
    public void uninstall(String sensor) throws TetragonException {
        Deployment deployment = find(sensor);
        if (deployment.tryClaim(Claim.STOPPING) != Claim.FREE) {
            throw failed("uninstall", sensor, "its bundle is being changed", "try again");
        }
        try {
            Bundle bundle = deployment.bundle;
            if (bundle != null) {
                bundle.uninstall();
            }
            deployment.names().forEach(name -> remove(name, deployment));
        } catch (BundleException e) {
            throw failed("uninstall", sensor, Diagnosis.reason(e), "");
        } catch (IllegalStateException e) {
            throw gone("uninstall", sensor, e);
        } finally {
            deployment.release();
        }
    }

    private Deployment find(String sensor) throws TetragonException {
        Deployment deployment = bySensor.get(sensor);
        if (deployment == null) {
            throw new TetragonException(TetragonException.Kind.NOT_FOUND, "sensor " + sensor,
                    "no bundle provides it", "put its bundle into the folder of sensors");
        }
        return deployment;
    }

    /** Between the look at the deployment and the claim, the deploying thread may have uninstalled the bundle. */
    private static TetragonException gone(String verb, String sensor, IllegalStateException e) {
        return new TetragonException(TetragonException.Kind.NOT_FOUND, verb + " bundle of sensor " + sensor,
                "it was removed", "put it back into the folder of sensors", e);
    }

    private static TetragonException failed(String verb, String sensor, String why, String remedy) {
        return new TetragonException(
                TetragonException.Kind.FAILED_PRECONDITION, verb + " bundle of sensor " + sensor, why, remedy);
    }
}
