// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.TetragonException;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyManager;
import io.tetragon.core.PolicyStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Policies that are nothing but what was said of them; {@link #refuse} makes the next change fail. */
final class MemoryPolicies implements PolicyManager {
    final List<String> calls = new CopyOnWriteArrayList<>();
    volatile List<PolicyStatus> listed = new ArrayList<>();
    private volatile @Nullable TetragonException refusal;

    void refuse(TetragonException why) {
        refusal = why;
    }

    @Override
    public void add(byte[] yaml, String domain) throws TetragonException {
        called("add " + new String(yaml, java.nio.charset.StandardCharsets.UTF_8) + " to " + domain);
    }

    @Override
    public void addFile(byte[] yaml, String domain, String file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(PolicyKey policy) throws TetragonException {
        called("delete " + policy);
    }

    @Override
    public void enable(PolicyKey policy) throws TetragonException {
        called("enable " + policy);
    }

    @Override
    public void disable(PolicyKey policy) throws TetragonException {
        called("disable " + policy);
    }

    @Override
    public void configure(PolicyKey policy, @Nullable Boolean enable, PolicyStatus.@Nullable Mode mode)
            throws TetragonException {
        called("configure " + policy + " " + enable + " " + mode);
    }

    @Override
    public List<PolicyStatus> list() {
        return listed;
    }

    @Override
    public List<String> domains() {
        return listed.stream().map(policy -> policy.key().domain()).distinct().sorted().toList();
    }

    private void called(String call) throws TetragonException {
        TetragonException why = refusal;
        if (why != null) {
            throw why;
        }
        calls.add(call);
    }
}
