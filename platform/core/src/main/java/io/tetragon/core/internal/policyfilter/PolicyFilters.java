// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.bpf.BpfObject;
import io.tetragon.core.internal.abi.PolicyFilterConfig;
import io.tetragon.core.internal.abi.PolicyFilterLimits;
import io.tetragon.core.internal.sensor.Restriction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one loaded policy has of the policy filter: its own filter and those of its selectors. Closed behind the last run of
 * its programs. Used by the control thread.
 */
public final class PolicyFilters implements Restriction, AutoCloseable {
    /** Read-only variable of the objects that can be kept to some processes. */
    private static final String CONSTANT = "policy_filters";

    /** Of a policy that is for every process, as are all its selectors. */
    static final PolicyFilters NONE = new PolicyFilters(null, List.of());

    private final @Nullable PolicyFilterRegistry registry;
    private final List<Placed> placed;

    /** A filter, and where its policy's programs look for it. */
    record Placed(int number, Filter filter) {}

    PolicyFilters(@Nullable PolicyFilterRegistry registry, List<Placed> placed) {
        this.registry = registry;
        this.placed = List.copyOf(placed);
    }

    /** Whether the policy is for some processes only. */
    public boolean restrict() {
        return !placed.isEmpty();
    }

    @Override
    public boolean tell(BpfObject object) {
        if (!object.hasConstant(CONSTANT)) {
            return false;
        }
        if (restrict()) {
            object.setConstant(CONSTANT, configuration());
        }
        return true;
    }

    private byte[] configuration() {
        ByteBuffer bytes = ByteBuffer.allocate(PolicyFilterConfig.SIZE * PolicyFilterLimits.POLICY_FILTERS_MAX)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (Placed one : placed) {
            int at = one.number() * PolicyFilterConfig.SIZE;
            bytes.putInt(at + PolicyFilterConfig.ID, one.filter().id());
            bytes.putInt(at + PolicyFilterConfig.FLAGS, one.filter().flags());
        }
        return bytes.array();
    }

    /** Returns the bytes of kernel memory that they take. For any thread. */
    public long memoryBytes() {
        return registry == null ? 0 : registry.memoryBytes(placed);
    }

    /** Gives them back. Doing it twice does nothing. */
    @Override
    public void close() {
        if (registry != null) {
            registry.release(placed);
        }
    }
}
