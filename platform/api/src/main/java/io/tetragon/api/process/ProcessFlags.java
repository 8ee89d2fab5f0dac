// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import org.jspecify.annotations.Nullable;

/** The flag bits of a process and the words that the interface has for them. */
public final class ProcessFlags {
    /** The process came from an exec, or from the fork of one. */
    public static final int EXECVE = 0x1;
    /** The process was found in /proc. */
    public static final int PROCFS = 0x4;
    /** The environment could not be read. */
    public static final int ERROR_ENVS = 0x8;
    /** Some of the arguments are missing. */
    public static final int TRUNC_ARGS = 0x10;
    /** Nothing was known of the process when it was executed. */
    public static final int MISS = 0x40;
    /** The path could not be read. */
    public static final int ERROR_FILENAME = 0x100;
    /** The arguments could not be read. */
    public static final int ERROR_ARGS = 0x200;
    /** The working directory is not known. */
    public static final int NO_CWD = 0x800;
    /** The working directory is the root. */
    public static final int ROOT_CWD = 0x1000;
    /** The working directory could not be read. */
    public static final int ERROR_CWD = 0x2000;
    /** First exec behind a fork. */
    public static final int CLONE = 0x4000;
    /** The cgroup's name could not be read. */
    public static final int ERROR_CGROUP_NAME = 0x1_0000;
    /** The working directory is not resolved to its root. */
    public static final int ERROR_PATH_RESOLUTION_CWD = 0x40_0000;
    /** The path was longer than the inline area of the record. */
    public static final int DATA_FILENAME = 0x80_0000;
    /** The arguments were longer than the inline area of the record. */
    public static final int DATA_ARGS = 0x100_0000;
    /** The process descends from the init of its container. */
    public static final int IN_INIT_TREE = 0x200_0000;

    /** In the order in which the words are printed, which is not the order of the bits alone. */
    private static final Object[][] WORDS = {
        {EXECVE, "execve"},
        {PROCFS, "procFS"},
        {ERROR_ENVS, "errorEnvs"},
        {TRUNC_ARGS, "truncArgs"},
        {MISS, "miss"},
        {ERROR_FILENAME, "errorFilename"},
        {ERROR_ARGS, "errorArgs"},
        {NO_CWD, "nocwd"},
        {ROOT_CWD, "rootcwd"},
        {ERROR_CWD, "errorCWD"},
        {CLONE, "clone"},
        {ERROR_CGROUP_NAME, "errorCgroupName"},
        {0x4_0000, "errorCgroupID"},
        {0x8_0000, "errorCgroupSubsysCgrp"},
        {0x10_0000, "errorCgroupSubsys"},
        {0x20_0000, "errorCgroups"},
        {ERROR_PATH_RESOLUTION_CWD, "errorPathResolutionCwd"},
        {DATA_FILENAME, "dataFilename"},
        {DATA_ARGS, "dataArgs"},
        {IN_INIT_TREE, "inInitTree"},
    };

    /** Nearly all processes have one of a handful of combinations. Entries are immutable, so a race costs one a string. */
    private static final @Nullable Known[] KNOWN = new Known[64];

    private record Known(int flags, String words) {}

    private ProcessFlags() {}

    /** Returns the words of the bits that are set, separated by spaces; unknown bits have none. */
    public static String words(int flags) {
        int slot = (flags ^ flags >>> 12) & KNOWN.length - 1;
        Known known = KNOWN[slot];
        if (known == null || known.flags() != flags) {
            known = new Known(flags, join(flags));
            KNOWN[slot] = known;
        }
        return known.words();
    }

    private static String join(int flags) {
        StringBuilder words = new StringBuilder(32);
        for (Object[] entry : WORDS) {
            if ((flags & (Integer) entry[0]) != 0) {
                words.append(words.length() == 0 ? "" : " ").append(entry[1]);
            }
        }
        return words.toString();
    }
}
