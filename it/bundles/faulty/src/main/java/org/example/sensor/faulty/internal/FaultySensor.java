// SPDX-License-Identifier: Apache-2.0
package org.example.sensor.faulty.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Fails in the way that the resource {@code fault} says. Beside exceptions, each step can fail with an error of linkage: that
 * is what a bundle throws that was compiled against another version of the API.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY, attribute = {"name=" + FaultySensor.NAME, "start=always"})
public final class FaultySensor implements Sensor {
    static final String NAME = "faulty";

    private static final int OPCODE = 201;
    private static final int OPCODE_OF_EXEC = 5;
    private static final int NO_OPCODE = 300;

    private final String fault = new String(resource("/fault"), StandardCharsets.UTF_8).strip();

    /** Fails if that is its fault. */
    @Activate
    public FaultySensor() {
        failIf("activate");
    }

    @Override
    public String name() {
        return fault.equals("takes-name") ? "exec" : NAME;
    }

    @Override
    public SensorPlan plan(SensorContext context) throws TetragonException {
        failIf("plan");
        if (fault.equals("plan-declines")) {
            throw new TetragonException(
                    TetragonException.Kind.UNSUPPORTED, "load sensor faulty", "the kernel is too old", "use a newer one");
        }
        return SensorPlan.of(ObjectPlan.of(NAME, resource("/bpf/" + object() + ".bpf.o"))
                        .attach(fault.equals("no-program") ? "absent" : "faulty_fork")
                        .build())
                .decoder(opcode(), record -> failIf("decode"))
                .build();
    }

    @Override
    public void attached(SensorContext context) {
        context.every(Duration.ofMillis(10), () -> failIf("timer"));
        failIf("attached");
    }

    @Override
    public void detached(SensorContext context) {
        failIf("detached");
    }

    private void failIf(String step) {
        if (fault.equals(step + "-throws")) {
            throw new IllegalStateException("fault in " + step);
        }
        if (fault.equals(step + "-links")) {
            throw new NoSuchMethodError("no method for " + step);
        }
    }

    private String object() {
        return fault.equals("other-abi") || fault.equals("refused") ? fault : "forks";
    }

    private int opcode() {
        return switch (fault) {
            case "taken-opcode" -> OPCODE_OF_EXEC;
            case "no-opcode" -> NO_OPCODE;
            default -> OPCODE;
        };
    }

    private static byte[] resource(String name) {
        try (InputStream in = FaultySensor.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the bundle");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
