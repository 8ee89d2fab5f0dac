// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.TetragonException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows every tracing policy and its state, and loads and unloads them while events flow. A policy is loaded wholly or not at
 * all, and harms no other. The sensors that serve its sections are found by what their bundles announce; their bundles are
 * started with the first policy that needs them and stopped with the last.
 *
 * <p>Changes are made one behind the other; methods return when the change is done. Safe for use by any thread but those on
 * which sensors are called.
 */
public interface PolicyManager {
    /**
     * Adds a policy and loads it. One that cannot be loaded stays in the list as load_error, for users to see and delete.
     *
     * @param yaml the policy's text
     * @param domain where it came from
     * @throws TetragonException INVALID_ARGUMENT with every problem of the text, and ALREADY_EXISTS, neither of which
     *     changes the list; anything else if it cannot be loaded
     */
    void add(byte[] yaml, String domain) throws TetragonException;

    /**
     * Adds a policy as {@link #add} does, but lists it in any case: a policy whose text is refused, or whose name is taken,
     * is listed as load_error under the name of its file.
     *
     * @param file name of the file it was read from
     */
    void addFile(byte[] yaml, String domain, String file) throws TetragonException;

    /** Unloads a policy and forgets it. What it sent before is still delivered. */
    void delete(PolicyKey policy) throws TetragonException;

    /** Loads a policy that is disabled or failed; does nothing if it is loaded. */
    void enable(PolicyKey policy) throws TetragonException;

    /** Unloads a policy but keeps it in the list. */
    void disable(PolicyKey policy) throws TetragonException;

    /**
     * Changes what is not null.
     *
     * @param enable whether it is loaded
     * @param mode ENFORCE or MONITOR; stays with the policy until it is deleted. One without enforcing actions has no choice
     */
    void configure(PolicyKey policy, @Nullable Boolean enable, PolicyStatus.@Nullable Mode mode) throws TetragonException;

    /** Returns every policy, by id, with the counters of this moment. */
    List<PolicyStatus> list();

    /** Returns the domains that have policies, sorted. */
    List<String> domains();
}
