// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import org.jspecify.annotations.Nullable;

/**
 * One life of a process between two execs, or between a fork and an exec. What the accessors return never changes; safe
 * for use by any thread.
 *
 * <p>Text is what the user sees: valid UTF-8, already redacted. Strings are made on each call.
 */
public interface Process {
    /** Process id of the thread group in the host's namespace. */
    int pid();

    /** Kernel time of the exec or fork in nanoseconds; with {@link #pid} the identity of the process. */
    long ktime();

    /** Base64 of {@code node:ktime:pid}. */
    String execId();

    /** {@link #execId} of the parent, empty where it is unknown. */
    String parentExecId();

    /** Process id of the parent; 0 for the kernel's own, or where it is unknown. */
    int parentPid();

    /** {@link #ktime} of the parent, 0 where no parent is known. */
    long parentKtime();

    /** Effective user id. */
    int uid();

    /** Login user id, -1 where it is unset. */
    int auid();

    /** Working directory at exec. */
    String cwd();

    /** Absolute path of the binary as the caller named it. */
    String binary();

    /** Arguments behind the first, joined by spaces; those that contain a space are in double quotes. */
    String arguments();

    /** Flag words, separated by spaces. */
    String flags();

    /** Start in nanoseconds since the epoch. */
    long startTimeNanos();

    /** Container id, cut as the interface has it; empty outside a container. */
    String docker();

    /** Process id in the process's own namespace. */
    int nsPid();

    /** An estimate of the bytes of memory that it takes. */
    int size();

    /** Whether the process descends from the init of its container. */
    boolean inInitTree();

    /** Bits of the effective capabilities. */
    long effectiveCapabilities();

    /** Bits of the permitted capabilities. */
    long permittedCapabilities();

    /** Bits of the inheritable capabilities. */
    long inheritableCapabilities();

    /** How many users the entry has in the process cache at this moment. */
    int refcnt();

    /**
     * Appends the process as a JSON object.
     *
     * @param refcnt references at the time of the event; 0 leaves the member out
     * @param tid thread of the event
     * @param properties what only exec events tell of the binary
     */
    void writeJson(JsonWriter out, int refcnt, int tid, @Nullable BinaryProperties properties);

    /** Appends the fields of the process's message; the parameters are those of {@link #writeJson}. */
    void writeProto(ProtoWriter out, int refcnt, int tid, @Nullable BinaryProperties properties);
}
