// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sensor wants loaded, attached and decoded: one BPF object, its constants, the programs to use of it, and a decoder
 * for each opcode it sends. Maps whose names the platform shares (the ring buffer, the process map, ...) are the platform's
 * in every object. Immutable.
 */
public final class SensorPlan {
    private final byte[] object;
    private final Map<String, Long> constants;
    private final List<String> programs;
    private final Map<Integer, RecordDecoder> decoders;

    private SensorPlan(Builder builder) {
        object = builder.object;
        constants = Map.copyOf(builder.constants);
        programs = List.copyOf(builder.programs);
        decoders = Map.copyOf(builder.decoders);
    }

    /** Starts a plan with the bytes of a BPF object file. */
    public static Builder of(byte[] object) {
        return new Builder(object);
    }

    /** Returns the bytes of the BPF object file. */
    public byte[] object() {
        return object;
    }

    /** Returns the values for read-only variables of the object, set before it is loaded. */
    public Map<String, Long> constants() {
        return constants;
    }

    /** Returns the names of the programs to load and attach, in this order; the others are left out. */
    public List<String> programs() {
        return programs;
    }

    /** Returns the decoders by opcode. */
    public Map<Integer, RecordDecoder> decoders() {
        return decoders;
    }

    /** Collects a plan. Used by one thread. */
    public static final class Builder {
        private final byte[] object;
        private final Map<String, Long> constants = new LinkedHashMap<>();
        private final List<String> programs = new ArrayList<>();
        private final Map<Integer, RecordDecoder> decoders = new LinkedHashMap<>();

        private Builder(byte[] object) {
            this.object = object;
        }

        /** Sets a read-only variable of the object. */
        public Builder constant(String variable, long value) {
            constants.put(variable, value);
            return this;
        }

        /** Adds a program to load and attach as its section says. */
        public Builder program(String name) {
            programs.add(name);
            return this;
        }

        /** Sets the decoder of an opcode. */
        public Builder decoder(int opcode, RecordDecoder decoder) {
            decoders.put(opcode, decoder);
            return this;
        }

        /** Returns the plan. */
        public SensorPlan build() {
            return new SensorPlan(this);
        }
    }
}
