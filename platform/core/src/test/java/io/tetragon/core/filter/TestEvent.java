// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.api.process.Processes;
import io.tetragon.proto.EventType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An exec or exit of processes that are given. */
final class TestEvent extends ProcessEvent {
    static final long TIME = 1_700_000_000_123_000_000L;

    private final EventType type;

    private TestEvent(EventType type, int pid) {
        super(new Node("node", "cluster"), TIME, pid, pid, pid);
        this.type = type;
    }

    /** Returns an event about the first process, with those it descends from. */
    static TestEvent of(EventType type, Process... family) {
        TestEvent event = new TestEvent(type, family.length == 0 ? 999 : family[0].pid());
        List<Process> known = Arrays.asList(family);
        event.wantAncestors();
        event.resolve(new Processes() {
            @Override
            public @Nullable Process find(int pid, long ktime) {
                return newest(pid);
            }

            @Override
            public @Nullable Process newest(int pid) {
                return known.stream().filter(p -> p.pid() == pid).findFirst().orElse(null);
            }

            @Override
            public boolean hasEnded(int pid, long ktime) {
                return false;
            }
        });
        return event;
    }

    @Override
    public EventType type() {
        return type;
    }

    @Override
    protected String member() {
        return type.name().toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
        writeParent(out);
        if (type == EventType.PROCESS_EXIT) {
            out.name("signal").string("SIG\"{[KILL").name("time").timestamp(TIME);
        }
        writeAncestors(out);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
        writeParent(out, 2);
        if (type == EventType.PROCESS_KPROBE) {
            out.string(8, "some-policy");
        }
        if (type == EventType.PROCESS_EXIT) {
            out.string(3, "SIG\"{[KILL").timestamp(5, TIME);
            writeAncestors(out, 6);
        }
        if (type == EventType.PROCESS_EXEC) {
            writeAncestors(out, 3);
        }
    }
}
