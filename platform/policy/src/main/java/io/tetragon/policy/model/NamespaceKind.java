// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.Arrays;

/** The namespaces of a process. */
public enum NamespaceKind {
    UTS("Uts"),
    IPC("Ipc"),
    MNT("Mnt"),
    PID("Pid"),
    PID_FOR_CHILDREN("PidForChildren"),
    NET("Net"),
    TIME("Time"),
    TIME_FOR_CHILDREN("TimeForChildren"),
    CGROUP("Cgroup"),
    USER("User");

    private final String word;

    NamespaceKind(String word) {
        this.word = word;
    }

    /** Returns the word in YAML. */
    public String word() {
        return word;
    }

    /** Returns the namespace of a word of the schema. */
    public static NamespaceKind of(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no namespace " + word));
    }
}
