// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;

/**
 * The identity of this machine, which every event carries behind its own members.
 *
 * @param name exported node name
 * @param clusterName name of the cluster, or empty
 */
public record Node(String name, String clusterName) {
    /** Appends the members behind the event in a response: node, time, cluster. */
    public void writeJson(JsonWriter out, long epochNanos) {
        if (!name.isEmpty()) {
            out.name("node_name").string(name);
        }
        out.name("time").timestamp(epochNanos);
        if (!clusterName.isEmpty()) {
            out.name("cluster_name").string(clusterName);
        }
    }

    /** Appends the fields behind the event in a response. */
    public void writeProto(ProtoWriter out, long epochNanos) {
        out.string(1000, name).timestamp(1001, epochNanos).string(1003, clusterName);
    }
}
