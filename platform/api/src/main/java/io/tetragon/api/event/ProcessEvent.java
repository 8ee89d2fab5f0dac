// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import io.tetragon.api.Node;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.api.process.Process;
import io.tetragon.api.process.Processes;
import io.tetragon.proto.EventType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Base of the events about a process: keeps the process, its parent and its ancestors, and writes what all such events have
 * in common. A subclass writes its own members in the order of their declaration.
 *
 * <p>An event is made by a decoder on the reader's thread and may still lack its process or parent, because records of two
 * CPUs overtake each other. {@link #resolve} looks again; behind the publication nothing changes any more.
 */
public abstract class ProcessEvent implements Event {
    private final Node node;
    private final long timeNanos;
    private final int pid;
    private final long ktime;
    private final int tid;
    private @Nullable Process process;
    private @Nullable Process parent;
    private List<Process> ancestors = List.of();
    private int processRefcnt;
    private int parentRefcnt;
    private boolean wantsAncestors;

    /**
     * @param timeNanos time of the event, nanoseconds since the epoch
     * @param pid thread group, with {@code ktime} the identity of the process; a {@code ktime} of 0 is no process's
     * @param tid thread
     */
    protected ProcessEvent(Node node, long timeNanos, int pid, long ktime, int tid) {
        this.node = node;
        this.timeNanos = timeNanos;
        this.pid = pid;
        this.ktime = ktime;
        this.tid = tid;
    }

    /**
     * Looks up the process, its parent and, if asked for, its ancestors, as far as they are not known yet.
     *
     * @return whether everything is known now; a process of which no parent is known is complete without, and one whose
     *     time even the kernel did not know will never be found
     */
    public final boolean resolve(Processes processes) {
        if (process == null) {
            process = processes.find(pid, ktime);
        }
        Process self = process;
        if (self == null) {
            return ktime == 0;
        }
        processRefcnt = self.refcnt();
        if (parent == null && self.parentKtime() != 0) {
            parent = processes.find(self.parentPid(), self.parentKtime());
        }
        Process above = parent;
        if (above == null) {
            return self.parentKtime() == 0;
        }
        parentRefcnt = above.refcnt();
        if (wantsAncestors && ancestors.isEmpty()) {
            ancestors = Ancestors.of(above, processes);
        }
        return true;
    }

    /** Asks for the ancestors to be looked up; to be called before {@link #resolve}. */
    public final void wantAncestors() {
        wantsAncestors = true;
    }

    @Override
    public final long timeNanos() {
        return timeNanos;
    }

    @Override
    public final @Nullable Process process() {
        return process;
    }

    @Override
    public final @Nullable Process parent() {
        return parent;
    }

    /** Returns the ancestors above the parent, nearest first; empty unless they were asked for. */
    public final List<Process> ancestors() {
        return ancestors;
    }

    @Override
    public final void writeJson(JsonWriter out) {
        out.beginObject().name(member()).beginObject();
        writeMembers(out);
        out.endObject();
        node.writeJson(out, timeNanos);
        out.endObject();
    }

    @Override
    public final void writeProto(ProtoWriter out) {
        int mark = out.begin(type().getNumber());
        writeMembers(out);
        out.end(mark);
        node.writeProto(out, timeNanos);
    }

    /** Returns the name of the event's member in the oneof, such as {@code process_exec}. */
    protected abstract String member();

    /** Writes the members of the event's message in the order of their declaration. */
    protected abstract void writeMembers(JsonWriter out);

    /** Writes the fields of the event's message in the order of their numbers. */
    protected abstract void writeMembers(ProtoWriter out);

    /** Returns what only exec events tell of the binary. */
    protected @Nullable BinaryProperties binaryProperties() {
        return null;
    }

    /** Writes the {@code process} member; one that was never found has its id and start only. */
    protected final void writeProcess(JsonWriter out) {
        out.name("process");
        Process self = process;
        if (self == null) {
            out.beginObject().name("pid").unsigned(pid).name("flags").string("unknown").name("tid").unsigned(tid);
            out.endObject();
        } else {
            self.writeJson(out, processRefcnt, tid, binaryProperties());
        }
    }

    /** Writes the {@code parent} member if the parent is known. */
    protected final void writeParent(JsonWriter out) {
        Process above = parent;
        if (above != null) {
            out.name("parent");
            above.writeJson(out, parentRefcnt, above.pid(), null);
        }
    }

    /** Writes the {@code ancestors} member if there are any. */
    protected final void writeAncestors(JsonWriter out) {
        if (!ancestors.isEmpty()) {
            out.name("ancestors").beginArray();
            for (Process ancestor : ancestors) {
                ancestor.writeJson(out, ancestor.refcnt(), ancestor.pid(), null);
            }
            out.endArray();
        }
    }

    /** Writes the {@code process} field. */
    protected final void writeProcess(ProtoWriter out, int field) {
        int mark = out.begin(field);
        Process self = process;
        if (self == null) {
            out.wrapper(2, Integer.toUnsignedLong(pid)).string(7, "unknown").wrapper(16, Integer.toUnsignedLong(tid));
        } else {
            self.writeProto(out, processRefcnt, tid, binaryProperties());
        }
        out.end(mark);
    }

    /** Writes the {@code parent} field if the parent is known. */
    protected final void writeParent(ProtoWriter out, int field) {
        Process above = parent;
        if (above != null) {
            int mark = out.begin(field);
            above.writeProto(out, parentRefcnt, above.pid(), null);
            out.end(mark);
        }
    }

    /** Writes the {@code ancestors} field. */
    protected final void writeAncestors(ProtoWriter out, int field) {
        for (Process ancestor : ancestors) {
            int mark = out.begin(field);
            ancestor.writeProto(out, ancestor.refcnt(), ancestor.pid(), null);
            out.end(mark);
        }
    }
}
