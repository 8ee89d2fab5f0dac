// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.TetragonException;
import io.tetragon.core.NewContainer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A container that policies may select.
 *
 * @param id the runtime's; the name of its cgroup's folder where nobody told
 * @param namespace of its pod; empty where it is in none
 * @param pod its pod's name, for people to read
 * @param podLabels of its pod
 * @param labels its own: {@code name} and {@code repo}, where they are known
 */
record Container(String id, Cgroup cgroup, String namespace, String pod, Map<String, String> podLabels,
        Map<String, String> labels) {
    private static final int MAX_TEXT = 4096;

    /** Where the usual runtimes say what a request does not: containerd's CRI first, then CRI-O's. */
    private static final List<String> NAME = List.of("io.kubernetes.cri.container-name", "io.kubernetes.container.name");
    private static final List<String> IMAGE = List.of("io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName");
    private static final List<String> POD = List.of("io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name");
    private static final List<String> NAMESPACE =
            List.of("io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace");

    Container {
        podLabels = Map.copyOf(podLabels);
        labels = Map.copyOf(labels);
    }

    /** @throws TetragonException INVALID_ARGUMENT when a text is too long */
    static Container of(NewContainer request, Cgroup cgroup) throws TetragonException {
        String id = request.id().isEmpty() ? String.valueOf(cgroup.folder().getFileName()) : request.id();
        Map<String, String> labels = new HashMap<>();
        String name = known(request.name(), request.annotations(), NAME);
        if (!name.isEmpty()) {
            labels.put("name", checked("containerName", name));
        }
        String repo = repository(checked("containerImage", known(request.image(), request.annotations(), IMAGE)));
        if (!repo.isEmpty()) {
            labels.put("repo", repo);
        }
        String namespace = known(request.podNamespace(), request.annotations(), NAMESPACE);
        return new Container(checked("containerID", id), cgroup, checked("podNamespace", namespace),
                known(request.podName(), request.annotations(), POD), request.podLabels(), labels);
    }

    private static String known(String told, Map<String, String> annotations, List<String> keys) {
        if (!told.isEmpty()) {
            return told;
        }
        return keys.stream().map(key -> annotations.getOrDefault(key, "")).filter(value -> !value.isEmpty()).findFirst()
                .orElse("");
    }

    /** An image's name without its tag and digest. */
    static String repository(String image) {
        int digest = image.indexOf('@');
        String name = digest < 0 ? image : image.substring(0, digest);
        int tag = name.indexOf(':', name.lastIndexOf('/') + 1);
        return tag < 0 ? name : name.substring(0, tag);
    }

    private static String checked(String what, String text) throws TetragonException {
        if (text.length() > MAX_TEXT) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, what, "it has " + text.length()
                    + " characters", "the limit is " + MAX_TEXT);
        }
        return text;
    }
}
