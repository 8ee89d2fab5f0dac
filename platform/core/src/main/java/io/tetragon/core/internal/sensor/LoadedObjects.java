// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfLink;
import io.tetragon.api.sensor.Attached;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapType;
import io.tetragon.core.internal.pin.PinFolder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one sensor or one policy, which live and end together. The end has three steps, so that no record is lost:
 * {@link #detach}, then the reader decodes what was sent before, then {@link #close}. Used by the control thread.
 */
public final class LoadedObjects implements AutoCloseable {
    private static final Log LOG = Log.of(LoadedObjects.class);

    /** From so many objects on threads are worth starting. */
    private static final int PARALLEL_FROM = 3;
    private static final int PARALLEL_MOST = 4;

    private final Platform platform;
    private final String owner;
    private final PinFolder pins;
    private final Restriction restriction;
    private final List<LoadedObject> objects = new CopyOnWriteArrayList<>();
    private final Map<String, BpfMap> policyMaps = new ConcurrentHashMap<>();
    private final List<AutoCloseable> attached = new ArrayList<>();

    /**
     * Those of a sensor, which are for all processes.
     *
     * @param owner its name, under which losses are counted
     * @param pins where links are pinned
     */
    public LoadedObjects(Platform platform, String owner, PinFolder pins) {
        this(platform, owner, pins, Restriction.NONE);
    }

    /**
     * @param owner the policy's name, under which losses are counted
     * @param pins where links are pinned
     * @param restriction whom the policy is for
     */
    public LoadedObjects(Platform platform, String owner, PinFolder pins, Restriction restriction) {
        this.platform = platform;
        this.owner = owner;
        this.pins = pins;
        this.restriction = restriction;
    }

    /** Loads one more object; its programs do not run yet. */
    public LoadedObject load(ObjectPlan plan) throws TetragonException {
        LoadedObject loaded = LoadedObject.load(platform, plan, policyMaps, restriction);
        objects.add(loaded);
        return loaded;
    }

    /**
     * Loads objects, on several threads where there are many: most of the time goes into what the kernel and libbpf do for
     * each. After a failure the caller closes this.
     *
     * @param explain tells which object it was, by its position
     */
    public List<LoadedObject> loadAll(List<ObjectPlan> plans,
            BiFunction<Integer, TetragonException, TetragonException> explain) throws TetragonException {
        LoadedObject[] loaded = new LoadedObject[plans.size()];
        List<Integer> independent = new ArrayList<>();
        for (int i = 0; i < loaded.length; i++) {
            // Whoever brings a map of the policy must be there before those that share it.
            if (i == 0 || !policyMaps.keySet().containsAll(plans.get(i).policyMaps())) {
                loaded[i] = loadOne(plans, i, explain);
            } else {
                independent.add(i);
            }
        }
        if (independent.size() < PARALLEL_FROM) {
            for (int i : independent) {
                loaded[i] = loadOne(plans, i, explain);
            }
        } else {
            loadInParallel(plans, independent, loaded, explain);
        }
        return List.of(loaded);
    }

    private LoadedObject loadOne(List<ObjectPlan> plans, int index,
            BiFunction<Integer, TetragonException, TetragonException> explain) throws TetragonException {
        try {
            return load(plans.get(index));
        } catch (TetragonException e) {
            throw explain.apply(index, e);
        }
    }

    private void loadInParallel(List<ObjectPlan> plans, List<Integer> indices, LoadedObject[] loaded,
            BiFunction<Integer, TetragonException, TetragonException> explain) throws TetragonException {
        ExecutorService loaders = Executors.newFixedThreadPool(
                Math.min(PARALLEL_MOST, Runtime.getRuntime().availableProcessors()), task -> {
                    Thread thread = new Thread(task, "object-loader");
                    thread.setDaemon(true);
                    return thread;
                });
        TetragonException failure = null;
        try {
            Map<Integer, Future<LoadedObject>> results = new LinkedHashMap<>();
            for (int index : indices) {
                results.put(index, loaders.submit(() -> LoadedObject.load(platform, plans.get(index), policyMaps, restriction)));
            }
            // All of them, also behind a failure: what was loaded has to be closed.
            for (Map.Entry<Integer, Future<LoadedObject>> result : results.entrySet()) {
                try {
                    loaded[result.getKey()] = await(result.getValue());
                    objects.add(loaded[result.getKey()]);
                } catch (ExecutionException e) {
                    if (failure == null) {
                        failure = explain.apply(result.getKey(), cause(e));
                    }
                }
            }
        } finally {
            loaders.shutdown();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Waits even if interrupted, for what is being loaded has to be closed by somebody; the interrupt is kept. */
    private static LoadedObject await(Future<LoadedObject> result) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static TetragonException cause(ExecutionException e) {
        if (e.getCause() instanceof TetragonException known) {
            return known;
        }
        return new TetragonException(TetragonException.Kind.INTERNAL, "load a BPF object", String.valueOf(e.getCause()),
                "this is a defect; the debug log has more", e.getCause());
    }

    /**
     * Does the attachments of an object's plan, in its order. After a failure the caller closes this.
     *
     * @param sensor whose object it is, for the names of pins; empty where all are of one
     */
    public void attach(LoadedObject loaded, String sensor) throws TetragonException {
        if (pins.pins()) {
            pinProgramArrays(loaded, sensor);
        }
        for (Attachment attachment : loaded.plan().attachments()) {
            try {
                AutoCloseable handle = attachment.attach(loaded.object());
                attached.add(handle);
                if (pins.pins()) {
                    pin(handle, attachment, sensor);
                }
            } catch (BpfException e) {
                throw LoadedObject.refused(loaded.plan(), e);
            }
        }
    }

    /** Everything is attached; what is pinned is whole. */
    public void attachedAll() throws TetragonException {
        pins.complete();
    }

    /** The kernel empties them when nobody but programs holds them, and then nothing is called any more. */
    private void pinProgramArrays(LoadedObject loaded, String sensor) throws TetragonException {
        for (BpfMap map : loaded.maps()) {
            if (map.type() == MapType.PROG_ARRAY) {
                pins.pin(sensor, map);
            }
        }
    }

    private void pin(AutoCloseable handle, Attachment attachment, String sensor) throws TetragonException {
        if (handle instanceof BpfLink link) {
            pins.pin(sensor, link);
        } else if (handle instanceof Attached holder) {
            for (BpfLink link : holder.links()) {
                pins.pin(sensor, link);
            }
        } else {
            pins.cannot(attachment.description(), "its sensor does not tell by which links it is attached");
        }
    }

    /** Returns the first map of a name that an object has, null if none has one. */
    public @Nullable BpfMap map(String name) {
        for (LoadedObject loaded : objects) {
            BpfMap map = loaded.map(name);
            if (map != null) {
                return map;
            }
        }
        return null;
    }

    /** Returns the bytes of kernel memory that all its objects take, as {@link LoadedObject#kernelMemoryBytes}. */
    public long kernelMemoryBytes() {
        return objects.stream().mapToLong(LoadedObject::kernelMemoryBytes).sum();
    }

    /** Returns the map of a name that all objects have in common, null if there is none. */
    public @Nullable BpfMap policyMap(String name) {
        return policyMaps.get(name);
    }

    /**
     * Detaches everything and returns when no program is running any more. Doing it twice does nothing.
     *
     * @return whether anything was attached, so that records may be on their way
     */
    public boolean detach() {
        return detachAll(platform, List.of(this));
    }

    /** Detaches many at once: what the kernel is slow to detach, and its grace period, are waited for together. */
    public static boolean detachAll(Platform platform, Collection<LoadedObjects> all) {
        List<BpfLink> links = new ArrayList<>();
        List<AutoCloseable> others = new ArrayList<>();
        for (LoadedObjects objects : all) {
            for (AutoCloseable handle : objects.attached) {
                if (handle instanceof BpfLink link) {
                    links.add(link);
                } else {
                    others.add(0, handle);
                }
            }
        }
        all.forEach(objects -> objects.pins.remove());
        if (links.isEmpty() && others.isEmpty()) {
            return false;
        }
        BpfLink.closeAll(links);
        others.forEach(LoadedObjects::undo);
        platform.maps().awaitPrograms();
        for (LoadedObjects objects : all) {
            objects.attached.clear();
            objects.objects.forEach(loaded -> loaded.countMissedRuns(platform.losses(), objects.owner));
        }
        return true;
    }

    private static void undo(AutoCloseable handle) {
        try {
            handle.close();
        } catch (Exception | LinkageError e) {
            LOG.defect(e, "cannot detach", "reason", e.toString());
        }
    }

    @Override
    public void close() {
        detach();
        for (int i = objects.size() - 1; i >= 0; i--) {
            objects.get(i).object().close();
        }
        objects.clear();
    }
}
