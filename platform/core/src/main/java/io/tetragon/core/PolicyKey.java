// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

/**
 * What tells policies apart.
 *
 * @param domain where it came from: {@link #STATIC}, {@link #GRPC} or whatever a client said
 * @param namespace of a namespaced policy, otherwise empty
 * @param name as the policy calls itself
 */
public record PolicyKey(String domain, String namespace, String name) {
    /** Domain of policies in files that were there at the start. */
    public static final String STATIC = "static";
    /** Domain of policies added over gRPC, unless the client names another. */
    public static final String GRPC = "grpc";

    /** Returns it in a few words for messages. */
    @Override
    public String toString() {
        return (namespace.isEmpty() ? name : namespace + '/' + name) + " of domain " + domain;
    }
}
