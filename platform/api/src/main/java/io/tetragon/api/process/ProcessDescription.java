// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a sensor found out about a process that was executed, or that ran before the agent did. One object is filled
 * and handed to {@link ProcessTable} again and again: the table copies what it keeps. Arrays hold valid UTF-8 and must not
 * be changed afterwards. Used by one thread.
 */
public final class ProcessDescription {
    /** Process id of the thread group. */
    public int pid;

    /** Process id in the process's own namespace. */
    public int nsPid;

    /** Kernel time of the exec in nanoseconds. */
    public long ktime;

    /** Start in nanoseconds since the epoch. */
    public long startTimeNanos;

    /** Process id of the parent, 0 if unknown. */
    public int parentPid;

    /** Kernel time of the parent. */
    public long parentKtime;

    /** Process id of the entry that this exec replaces, 0 for none. */
    public int replacedPid;

    /** Kernel time of the entry that this exec replaces. */
    public long replacedKtime;

    /** Login user id. */
    public int auid = -1;

    /** Flag bits, see {@link ProcessFlags}. */
    public int flags;

    /** Working directory. */
    public byte[] cwd = {};

    /** Binary. */
    public byte[] binary = {};

    /** Arguments as the event shows them. */
    public byte[] arguments = {};

    /** Environment as {@code NAME=value} entries; null where it is not recorded. */
    public @Nullable List<byte[]> environment;

    /** Container id or empty. */
    public String docker = "";

    /** Ids and capabilities. */
    public Credentials credentials = Credentials.NONE;

    /** Namespaces, null where they are not known. */
    public @Nullable Namespaces namespaces;
}
