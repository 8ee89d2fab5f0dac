// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sensor wants loaded, attached and decoded as long as it is enabled: any number of BPF objects, none too, and a
 * decoder for each opcode that their programs send, or those of policies. Immutable.
 */
public final class SensorPlan {
    private final List<ObjectPlan> objects;
    private final Map<Integer, RecordDecoder> decoders;

    private SensorPlan(Builder builder) {
        objects = List.copyOf(builder.objects);
        decoders = Map.copyOf(builder.decoders);
    }

    /** Starts a plan with these objects, loaded and attached in this order. */
    public static Builder of(ObjectPlan... objects) {
        Builder builder = new Builder();
        for (ObjectPlan object : objects) {
            builder.object(object);
        }
        return builder;
    }

    /** Returns the objects to load. */
    public List<ObjectPlan> objects() {
        return objects;
    }

    /** Returns the decoders by opcode. */
    public Map<Integer, RecordDecoder> decoders() {
        return decoders;
    }

    /** Collects a plan. Used by one thread. */
    public static final class Builder {
        private final List<ObjectPlan> objects = new ArrayList<>();
        private final Map<Integer, RecordDecoder> decoders = new LinkedHashMap<>();

        private Builder() {}

        /** Adds an object, loaded and attached behind those that were added before. */
        public Builder object(ObjectPlan object) {
            objects.add(object);
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
