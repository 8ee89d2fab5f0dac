// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import java.util.Map;
import java.util.function.Supplier;

/**
 * What GetVersion, GetInfo and GetDebug tell. The suppliers are asked on each call, by any thread, and may block.
 *
 * @param name name of the program
 * @param version version of the agent
 * @param build how it was built
 * @param probes what this kernel can do, by the name of the probe
 * @param flags the flags in force; a value is a Boolean, Integer, Long, Double or Duration, or a Collection, which is shown
 *     as a comma-separated list; anything else is shown as text
 * @param log the log level
 */
public record AgentInfo(
        String name,
        String version,
        Build build,
        Supplier<Map<String, Boolean>> probes,
        Supplier<? extends Map<String, ?>> flags,
        LogControl log) {
    /**
     * Origin of the program; what is not known is empty.
     *
     * @param runtime what runs it, in the API's member {@code go_version}
     * @param commit commit it was built from
     * @param time time of that commit, RFC 3339
     * @param modified {@code true} if the sources had changes on top of the commit
     */
    public record Build(String runtime, String commit, String time, String modified) {
        /** Returns the build with this Java virtual machine as its runtime. */
        public static Build of(String commit, String time, String modified) {
            return new Build("java" + System.getProperty("java.version"), commit, time, modified);
        }
    }
}
