// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import java.util.Map;

/**
 * What is known of a container when it is made. Texts that are not known are empty.
 *
 * @param id the runtime's
 * @param name within its pod
 * @param image as it was asked for, such as {@code docker.io/library/nginx:1.27}
 * @param cgroupsPath of the OCI runtime specification: a path below the root of the cgroups, or
 *     {@code slice:prefix:name} of systemd
 * @param podLabels labels of its pod; empty where nobody told
 * @param annotations the container's own; what is empty above is looked for in those of the usual runtimes
 */
public record NewContainer(
        String id,
        String name,
        String image,
        String cgroupsPath,
        String podNamespace,
        String podName,
        Map<String, String> podLabels,
        Map<String, String> annotations) {
    public NewContainer {
        podLabels = Map.copyOf(podLabels);
        annotations = Map.copyOf(annotations);
    }
}
