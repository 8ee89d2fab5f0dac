// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.AttachType;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.BpfObjectMap;
import io.tetragon.bpf.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One object in the kernel, as its plan wants it; {@link LoadedObjects} attaches it and owns it. Used by the control thread. */
public final class LoadedObject {
    private static final Log LOG = Log.of(LoadedObject.class);

    private final ObjectPlan plan;
    private final BpfObject object;
    private final Set<String> own;
    private final boolean restricted;

    /**
     * @param own maps that are this object's alone: neither the platform's nor those of an earlier object of the policy
     * @param restricted whether its programs know of the restriction
     */
    private LoadedObject(ObjectPlan plan, BpfObject object, Set<String> own, boolean restricted) {
        this.plan = plan;
        this.object = object;
        this.own = own;
        this.restricted = restricted;
    }

    /**
     * Opens, configures, loads and fills; after a failure nothing is left.
     *
     * @param policyMaps those that earlier objects of the same owner have created, by name; this object's are added
     * @param restriction whom the programs are for
     */
    static LoadedObject load(Platform platform, ObjectPlan plan, Map<String, BpfMap> policyMaps, Restriction restriction)
            throws TetragonException {
        BpfObject object = null;
        try {
            object = BpfObject.open(plan.object(), plan.name());
            platform.maps().check(object);
            CgroupHierarchy.tell(object);
            boolean restricted = restriction.tell(object);
            plan.constants().forEach(object::setConstant);
            plan.numbers().forEach(object::setConstant);
            Set<String> own = maps(platform, plan, object, policyMaps);
            programs(plan, object);
            object.load();
            LoadedObject loaded = new LoadedObject(plan, object, own, restricted);
            plan.entries().forEach((map, entries) -> loaded.object.map(map).updateAll(entries));
            plan.policyMaps().forEach(map -> policyMaps.putIfAbsent(map, loaded.object.map(map)));
            return loaded;
        } catch (BpfException e) {
            close(object);
            throw refused(plan, e);
        } catch (TetragonException | RuntimeException | Error e) {
            close(object);
            throw e;
        }
    }

    private static void close(@Nullable BpfObject object) {
        if (object != null) {
            object.close();
        }
    }

    /** Configures the maps and returns those that will be the object's own. */
    private static Set<String> maps(Platform platform, ObjectPlan plan, BpfObject object, Map<String, BpfMap> policyMaps) {
        Set<String> own = new HashSet<>();
        object.maps().forEach(map -> own.add(map.name()));
        own.removeAll(platform.maps().names());
        platform.maps().share(object);
        plan.sizes().forEach((map, entries) -> object.map(map).setMaxEntries(entries));
        for (String map : plan.omitted()) {
            object.map(map).setAutocreate(false);
            own.remove(map);
        }
        plan.reused().forEach((map, shared) -> {
            object.map(map).reuse(shared);
            own.remove(map);
        });
        for (String map : plan.policyMaps()) {
            BpfMap shared = policyMaps.get(map);
            if (shared != null) {
                object.map(map).reuse(shared);
                own.remove(map);
            }
        }
        return own;
    }

    private static void programs(ObjectPlan plan, BpfObject object) {
        plan.programs().keySet().forEach(object::program);
        for (BpfProgram program : object.programs()) {
            String target = plan.programs().get(program.name());
            program.setAutoload(target != null);
            if (target != null && !target.isEmpty()) {
                program.setAttachTarget(target);
            }
            AttachType type = plan.attachTypes().get(program.name());
            if (type != null) {
                program.setExpectedAttachType(type);
            }
        }
    }

    /** A verifier's refusal is one line for the user; whoever wants its log finds it at debug level. */
    static TetragonException refused(ObjectPlan plan, BpfException e) {
        if (!e.verifierLog().isEmpty()) {
            LOG.debug("verifier log", "object", plan.name(), "log", e.verifierLog());
        }
        return new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, e.operation(), e.reason(), e.remedy(), e);
    }

    /** Returns what it was loaded from. */
    public ObjectPlan plan() {
        return plan;
    }

    /** Whether its programs know of the restriction of their owner. */
    public boolean restricted() {
        return restricted;
    }

    BpfObject object() {
        return object;
    }

    /** Returns a map that was created or shared, null if there is none of that name. */
    public @Nullable BpfMap map(String name) {
        return object.hasMap(name) && !plan.omitted().contains(name) ? object.map(name) : null;
    }

    /** Returns the maps that were created or shared. */
    List<BpfObjectMap> maps() {
        return object.maps().stream().filter(map -> !plan.omitted().contains(map.name())).toList();
    }

    /**
     * Counts the runs of each program that the kernel left out, because it was running on that CPU already. Of one with a
     * spare those are lost that both missed, at most as many as either.
     */
    void countMissedRuns(Losses losses, String owner) {
        for (String name : plan.programs().keySet()) {
            if (plan.spares().containsValue(name)) {
                continue;
            }
            long missed = missedRuns(name);
            String spare = plan.spares().get(name);
            if (missed > 0 && spare != null) {
                missed = Math.min(missed, missedRuns(spare));
            }
            if (missed > 0) {
                losses.add(owner, "missed_runs_of_" + name, missed);
            }
        }
    }

    private long missedRuns(String program) {
        return object.program(program).info().recursionMisses();
    }

    /**
     * Returns the bytes of kernel memory that its programs and its own maps take. For any thread.
     *
     * @throws IllegalStateException if it is closed
     */
    public long kernelMemoryBytes() {
        long bytes = 0;
        for (BpfObjectMap map : object.maps()) {
            if (own.contains(map.name())) {
                bytes += map.memoryBytes();
            }
        }
        for (String name : plan.programs().keySet()) {
            BpfProgram program = object.program(name);
            bytes += program.info().jitedBytes() + lockedBytes(program);
        }
        return bytes;
    }

    /** The pages of a program's verified instructions, which only procfs tells. */
    private static long lockedBytes(BpfProgram program) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + program.fd()))) {
                if (line.startsWith("memlock:")) {
                    return Long.parseLong(line.substring("memlock:".length()).strip());
                }
            }
        } catch (IOException e) {
            LOG.debug("memory of a program unknown", "program", program.name(), "reason", e.getMessage());
        }
        return 0;
    }
}
