// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.AttachType;
import io.tetragon.bpf.BpfLink;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.BpfProgram;
import io.tetragon.bpf.UprobeMultiTargets;
import io.tetragon.bpf.UprobeOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Attaches the program of a probe to its places; the cookie is the number of the place. */
record UsdtAttachments(String path, String name, List<UsdtProbe.Place> places) {
    private static final String PROGRAM = "hook_usdt";
    private static final int ALL_PROCESSES = 0;

    /** @param multi with one link */
    void applyTo(ObjectPlan.Builder object, boolean multi) {
        object.program(PROGRAM);
        if (multi) {
            object.attachType(PROGRAM, AttachType.TRACE_UPROBE_MULTI)
                    .attach(attachment("uprobe.multi", program -> program.attachUprobeMulti(targets())));
            return;
        }
        for (int number = 0; number < places.size(); number++) {
            UsdtProbe.Place place = places.get(number);
            UprobeOptions options = new UprobeOptions(false, number, place.semaphore(), UprobeOptions.ENTRY.pid());
            object.attach(attachment("uprobe",
                    program -> program.attachUprobe(Path.of(path), place.offset(), options)));
        }
    }

    private UprobeMultiTargets targets() {
        long[] semaphores = places.stream().mapToLong(UsdtProbe.Place::semaphore).toArray();
        boolean none = LongStream.of(semaphores).allMatch(semaphore -> semaphore == 0);
        return new UprobeMultiTargets(Path.of(path), places.stream().mapToLong(UsdtProbe.Place::offset).toArray(),
                none ? new long[0] : semaphores, LongStream.range(0, places.size()).toArray(), ALL_PROCESSES, false,
                AttachType.TRACE_UPROBE_MULTI);
    }

    private Attachment attachment(String way, Function<BpfProgram, BpfLink> attach) {
        String description = way + " of usdt " + name + " of " + path;
        return new Attachment() {
            @Override
            public AutoCloseable attach(BpfObject object) {
                return attach.apply(object.program(PROGRAM));
            }

            @Override
            public String description() {
                return description;
            }
        };
    }
}
