// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.Attachments;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.AttachType;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.bpf.UprobeMultiTargets;
import io.tetragon.bpf.UprobeOptions;
import io.tetragon.policy.model.PolicyOptions;
import java.nio.file.Path;
import java.util.List;

/** Attaches programs to places of one file: with one link for all where the kernel can, else with one for each. */
final class Links {
    /** Each takes a file descriptor, and up to 150 ms of the control thread. */
    private static final int SINGLE_MAX = 512;

    /**
     * A place.
     *
     * @param name in errors
     * @param offset in the file
     * @param counter offset in the file of what the kernel counts its programs in, 0 for none
     */
    record Target(String name, long offset, long counter, long cookie) {}

    private final Binary binary;
    private final List<Target> targets;
    private final boolean multi;

    private Links(Binary binary, List<Target> targets, boolean multi) {
        this.binary = binary;
        this.targets = List.copyOf(targets);
        this.multi = multi;
    }

    /**
     * Chooses how to attach.
     *
     * @throws TetragonException UNSUPPORTED when this kernel cannot
     */
    static Links of(Binary binary, List<Target> targets, PolicyOptions options, KernelFeatures kernel)
            throws TetragonException {
        boolean multi = !options.disableUprobeMulti() && kernel.has("uprobe_multi");
        if (!multi) {
            require(binary, kernel, "uprobe");
            if (targets.stream().anyMatch(target -> target.counter != 0)) {
                require(binary, kernel, "uprobe_refctroff");
            }
            if (targets.size() > SINGLE_MAX) {
                throw new TetragonException(TetragonException.Kind.UNSUPPORTED, binary.hook(), targets.size()
                        + " places without uprobe_multi, the limit is " + SINGLE_MAX, options.disableUprobeMulti()
                        ? "remove the option disable-uprobe-multi" : "name fewer of them, or use Linux 6.6");
            }
        }
        return new Links(binary, targets, multi);
    }

    static void require(Binary binary, KernelFeatures kernel, String feature) throws TetragonException {
        if (!kernel.has(feature)) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, binary.hook(), "this kernel lacks " + feature
                    + ": " + kernel.feature(feature).reason(), "see `tetra info` for what it has");
        }
    }

    /** Adds a program and its attachments to an object. */
    void add(ObjectPlan.Builder object, String program, boolean returns) {
        object.program(program);
        Path file = binary.file();
        if (!multi) {
            targets.forEach(target -> object.attach(single(program, file, target, returns)));
            return;
        }
        long[] offsets = targets.stream().mapToLong(Target::offset).toArray();
        long[] cookies = targets.stream().mapToLong(Target::cookie).toArray();
        long[] counters = targets.stream().anyMatch(target -> target.counter != 0)
                ? targets.stream().mapToLong(Target::counter).toArray() : new long[0];
        object.attachType(program, AttachType.TRACE_UPROBE_MULTI)
                .attach(Attachments.uprobeMulti(program, binary.path(), new UprobeMultiTargets(file, offsets, counters,
                        cookies, 0, returns, AttachType.TRACE_UPROBE_MULTI)));
    }

    private Attachment single(String program, Path file, Target target, boolean returns) {
        return Attachments.uprobe(program, binary.path() + ":" + target.name, file, target.offset,
                new UprobeOptions(returns, target.cookie, target.counter, -1));
    }
}
