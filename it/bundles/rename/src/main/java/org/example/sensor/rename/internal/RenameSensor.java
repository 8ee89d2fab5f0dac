// SPDX-License-Identifier: Apache-2.0
package org.example.sensor.rename.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import org.example.sensor.rename.internal.abi.RenameOp;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Reports every change of a thread's name: malware likes to be called kworker. The platform does all that lasts, such as
 * loading, attaching and undoing both; the sensor only says what it wants.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY, attribute = {"name=" + RenameSensor.NAME, "start=always"})
public final class RenameSensor implements Sensor {
    static final String NAME = "rename";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SensorPlan plan(SensorContext context) throws TetragonException {
        RenameDecoder decoder = new RenameDecoder(context);
        return SensorPlan.of(ObjectPlan.of(NAME, ObjectFile.read(RenameSensor.class, NAME)).attach("rename").build())
                .decoder(RenameOp.MSG_OP_RENAME, decoder::rename)
                .build();
    }
}
