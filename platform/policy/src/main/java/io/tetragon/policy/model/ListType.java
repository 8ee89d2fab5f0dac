// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/** What the names of a list are. */
public enum ListType {
    /** Kernel functions, as written. */
    FUNCTIONS(""),
    /** System calls, as written. */
    SYSCALLS("syscalls"),
    /** All system calls of the machine. */
    GENERATED_SYSCALLS("generated_syscalls"),
    /** All kernel functions whose name a pattern finds. */
    GENERATED_FTRACE("generated_ftrace");

    private final String word;

    ListType(String word) {
        this.word = word;
    }

    /** Returns the word in YAML; empty for FUNCTIONS. */
    public String word() {
        return word;
    }

    /** Whether the names are system calls. */
    public boolean syscalls() {
        return this == SYSCALLS || this == GENERATED_SYSCALLS;
    }

    /** Returns the type of a word of the schema. */
    public static ListType of(String word) {
        for (ListType type : values()) {
            if (type.word.equals(word)) {
                return type;
            }
        }
        throw new IllegalArgumentException("no list type " + word);
    }
}
