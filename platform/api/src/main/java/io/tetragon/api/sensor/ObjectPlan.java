// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.bpf.AttachType;
import io.tetragon.bpf.BpfMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A BPF object to load: its constants, what becomes of its maps, the programs to use of it and how they are attached. Maps
 * whose names the platform shares (the ring buffer, the process map, ...) are the platform's in every object; those named by
 * {@link Builder#policyMap} are one for all objects of a policy. Immutable.
 */
public final class ObjectPlan {
    private final String name;
    private final byte[] object;
    private final Map<String, byte[]> constants;
    private final Map<String, Long> numbers;
    private final Map<String, Integer> sizes;
    private final Set<String> omitted;
    private final Set<String> policyMaps;
    private final Map<String, BpfMap> reused;
    private final Map<String, List<BpfMap.Entry>> entries;
    private final Map<String, String> programs;
    private final Map<String, AttachType> attachTypes;
    private final Map<String, String> spares;
    private final List<Attachment> attachments;

    private ObjectPlan(Builder builder) {
        name = builder.name;
        object = builder.object;
        constants = Map.copyOf(builder.constants);
        numbers = Map.copyOf(builder.numbers);
        sizes = Map.copyOf(builder.sizes);
        omitted = Set.copyOf(builder.omitted);
        policyMaps = Set.copyOf(builder.policyMaps);
        reused = Map.copyOf(builder.reused);
        Map<String, List<BpfMap.Entry>> copied = new LinkedHashMap<>();
        builder.entries.forEach((map, list) -> copied.put(map, List.copyOf(list)));
        entries = Map.copyOf(copied);
        programs = Map.copyOf(builder.programs);
        attachTypes = Map.copyOf(builder.attachTypes);
        spares = Map.copyOf(builder.spares);
        attachments = List.copyOf(builder.attachments);
    }

    /**
     * Starts a plan.
     *
     * @param name for messages and the kernel's names of the object's data
     * @param object the bytes of the object file; not copied, must not change
     */
    public static Builder of(String name, byte[] object) {
        return new Builder(name, object);
    }

    /** Returns the name for messages. */
    public String name() {
        return name;
    }

    /** Returns the bytes of the BPF object file. */
    public byte[] object() {
        return object;
    }

    /** Returns the bytes of read-only variables, little endian, set before the object is loaded. */
    public Map<String, byte[]> constants() {
        return constants;
    }

    /** Returns the values of read-only integers, of whatever width they are, set before the object is loaded. */
    public Map<String, Long> numbers() {
        return numbers;
    }

    /** Returns the numbers of entries of maps that do not keep the one they were compiled with. */
    public Map<String, Integer> sizes() {
        return sizes;
    }

    /** Returns the maps that are not created; no branch that the constants leave uses them. */
    public Set<String> omitted() {
        return omitted;
    }

    /** Returns the maps that all objects of the policy have in common. */
    public Set<String> policyMaps() {
        return policyMaps;
    }

    /** Returns maps of the sensor that stand in for the object's own. */
    public Map<String, BpfMap> reused() {
        return reused;
    }

    /** Returns what is put into maps before any program is attached. */
    public Map<String, List<BpfMap.Entry>> entries() {
        return entries;
    }

    /** Returns the programs to load, each with the kernel function it is for, empty where its section says that. */
    public Map<String, String> programs() {
        return programs;
    }

    /** Returns the attach types of programs whose section does not say it. */
    public Map<String, AttachType> attachTypes() {
        return attachTypes;
    }

    /** Returns the spare of each program that has one. */
    public Map<String, String> spares() {
        return spares;
    }

    /** Returns what is attached, in this order. */
    public List<Attachment> attachments() {
        return attachments;
    }

    /** Collects a plan. Used by one thread. */
    public static final class Builder {
        private final String name;
        private final byte[] object;
        private final Map<String, byte[]> constants = new LinkedHashMap<>();
        private final Map<String, Long> numbers = new LinkedHashMap<>();
        private final Map<String, Integer> sizes = new LinkedHashMap<>();
        private final Set<String> omitted = new LinkedHashSet<>();
        private final Set<String> policyMaps = new LinkedHashSet<>();
        private final Map<String, BpfMap> reused = new LinkedHashMap<>();
        private final Map<String, List<BpfMap.Entry>> entries = new LinkedHashMap<>();
        private final Map<String, String> programs = new LinkedHashMap<>();
        private final Map<String, AttachType> attachTypes = new LinkedHashMap<>();
        private final Map<String, String> spares = new LinkedHashMap<>();
        private final List<Attachment> attachments = new ArrayList<>();

        private Builder(String name, byte[] object) {
            this.name = name;
            this.object = object;
        }

        /** Sets a read-only variable of the object; as many bytes as it has. */
        public Builder constant(String variable, byte[] value) {
            constants.put(variable, value.clone());
            return this;
        }

        /** Sets a read-only integer of the object; the value must fit into it. */
        public Builder constant(String variable, long value) {
            numbers.put(variable, value);
            return this;
        }

        /** Sets the number of entries of a map. */
        public Builder size(String map, int entries) {
            sizes.put(map, entries);
            return this;
        }

        /** Leaves a map out. */
        public Builder omit(String map) {
            omitted.add(map);
            return this;
        }

        /** Has all objects of the policy share a map of this name. */
        public Builder policyMap(String map) {
            policyMaps.add(map);
            return this;
        }

        /** Has a map of the sensor, which stays the sensor's to close, stand in for the object's own. */
        public Builder reuse(String map, BpfMap shared) {
            reused.put(map, shared);
            return this;
        }

        /** Puts an entry into a map. */
        public Builder entry(String map, byte[] key, byte[] value) {
            entries.computeIfAbsent(map, m -> new ArrayList<>()).add(new BpfMap.Entry(key, value));
            return this;
        }

        /** Loads a program. */
        public Builder program(String program) {
            return program(program, "");
        }

        /** Loads a program for a kernel function or tracepoint that is not the one of its section. */
        public Builder program(String program, String target) {
            programs.put(program, target);
            return this;
        }

        /** Sets the attach type of a program before it is loaded. */
        public Builder attachType(String program, AttachType type) {
            attachTypes.put(program, type);
            return this;
        }

        /** Loads a program and attaches it as its section says. */
        public Builder attach(String program) {
            return program(program).attach(Attachment.ofSection(program));
        }

        /**
         * Loads and attaches, behind a program that was named before, another one which does its work where the kernel
         * skipped it. The kernel does so when the last run on the same processor is not over, which happens where it may
         * be preempted ({@link io.tetragon.bpf.KernelFeatures#hasPreemptibleTracepoints}). Only runs that both missed
         * count as missed.
         */
        public Builder spare(String program, String spare) {
            spares.put(program, spare);
            return attach(spare);
        }

        /** Attaches; what it attaches is named by {@link #program}. */
        public Builder attach(Attachment attachment) {
            attachments.add(attachment);
            return this;
        }

        /** Returns the plan. */
        public ObjectPlan build() {
            return new ObjectPlan(this);
        }
    }
}
