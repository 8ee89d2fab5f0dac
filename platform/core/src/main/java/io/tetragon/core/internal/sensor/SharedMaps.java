// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.BpfObjectMap;
import io.tetragon.core.internal.abi.ProcessValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The maps that all objects share, made from the platform's own object. Objects that define a map of one of these names are
 * given the platform's.
 */
public final class SharedMaps implements AutoCloseable {
    /** Read-only variable of every object. */
    static final String ABI_VERSION = "abi_version";

    private static final long DEFAULT_RING = 4L << 20;
    private static final long MAX_RING = 512L << 20;
    private static final int DEFAULT_PROCESSES = 32768;

    private final BpfObject object;
    private final int abiVersion;
    private final GracePeriod gracePeriod;

    private SharedMaps(BpfObject object, int abiVersion) {
        this.object = object;
        this.abiVersion = abiVersion;
        gracePeriod = new GracePeriod();
    }

    /** Creates the maps in the sizes that the flags ask for. */
    public static SharedMaps create(Settings settings) throws TetragonException {
        BpfObject object = BpfObject.open(ObjectFile.read(SharedMaps.class, "platform"), "platform");
        try {
            object.map("events").setMaxEntries((int) ringSize(settings));
            object.map("process_map").setMaxEntries(processes(settings));
            if (!settings.rate("cgroup-rate").isLimit()) {
                object.map("throttle_rates").setMaxEntries(1);
            }
            if (!settings.bool("enable-policy-filter")) {
                object.map("policy_filter_maps").setMaxEntries(1);
            }
            int version = object.readConstantInt(ABI_VERSION);
            object.load();
            return new SharedMaps(object, version);
        } catch (RuntimeException | TetragonException e) {
            object.close();
            throw e;
        }
    }

    /** Returns a shared map. */
    public BpfMap map(String name) {
        return object.map(name);
    }

    /** Puts the shared maps into an object that is not loaded yet. */
    public void share(BpfObject other) {
        for (BpfObjectMap map : object.maps()) {
            if (isShared(map) && other.hasMap(map.name())) {
                other.map(map.name()).reuse(map);
            }
        }
    }

    /** Checks that an object was compiled against the layouts of this platform. */
    public void check(BpfObject other) throws TetragonException {
        if (!other.hasConstant(ABI_VERSION)) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "load BPF object " + other.name(),
                    "it has no abi_version", "compile it with the headers of this version of the agent");
        }
        int version = other.readConstantInt(ABI_VERSION);
        if (version != abiVersion) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "load BPF object " + other.name(),
                    "it was compiled for ABI version " + version + ", the agent has " + abiVersion,
                    "install the bundle that belongs to this version of the agent");
        }
    }

    /** Returns the shared maps by name. */
    public Map<String, BpfMap> all() {
        Map<String, BpfMap> all = new LinkedHashMap<>();
        names().forEach(name -> all.put(name, object.map(name)));
        return all;
    }

    /** Returns the names of the shared maps. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (BpfObjectMap map : object.maps()) {
            if (isShared(map)) {
                names.add(map.name());
            }
        }
        return names;
    }

    /** Returns when every program that runs now, and does not sleep, has ended and sent its records. */
    public void awaitPrograms() {
        gracePeriod.await();
    }

    @Override
    public void close() {
        gracePeriod.close();
        object.close();
    }

    /** The object's read-only data is a map as well, and its own. */
    private static boolean isShared(BpfMap map) {
        return map.name().indexOf('.') < 0;
    }

    /** Rounded up to a power of two, which libbpf would do silently. */
    private static long ringSize(Settings settings) throws TetragonException {
        long asked = settings.size("rb-size-total");
        if (asked == 0) {
            asked = settings.size("rb-size") * BpfMap.possibleCpus();
        }
        if (asked == 0) {
            return DEFAULT_RING;
        }
        if (asked < 0 || asked > MAX_RING) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "create the ring buffer",
                    "its size of " + asked + " bytes is out of range", "set rb-size-total to at most 512M");
        }
        long size = 4096;
        while (size < asked) {
            size <<= 1;
        }
        return size;
    }

    private static int processes(Settings settings) {
        long entries = settings.number("execve-map-entries");
        if (entries == 0) {
            entries = settings.size("execve-map-size") / ProcessValue.SIZE;
        }
        return entries <= 0 ? DEFAULT_PROCESSES : (int) Math.min(entries, 1 << 22);
    }
}
