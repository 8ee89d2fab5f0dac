// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api;

/**
 * The identity of this machine in every event.
 *
 * @param name exported node name
 * @param clusterName name of the cluster, or empty
 */
public record Node(String name, String clusterName) {}
