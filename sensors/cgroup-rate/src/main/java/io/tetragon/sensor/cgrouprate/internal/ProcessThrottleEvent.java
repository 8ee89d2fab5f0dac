// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.EventType;
import io.tetragon.proto.ThrottleType;

/** The base events of a cgroup began or ceased to be kept back. It is about no process, and waits for none. */
final class ProcessThrottleEvent extends ProcessEvent {
    private final ThrottleType change;
    private final byte[] cgroup;

    /** @param cgroup its name, in the bytes of the file system */
    ProcessThrottleEvent(Node node, long timeNanos, ThrottleType change, byte[] cgroup) {
        super(node, timeNanos, 0, 0, 0);
        this.change = change;
        this.cgroup = cgroup;
    }

    @Override
    public EventType type() {
        return EventType.PROCESS_THROTTLE;
    }

    @Override
    protected String member() {
        return "process_throttle";
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        out.name("type").string(change.name()).name("cgroup").text(cgroup, 0, cgroup.length);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        out.varint(1, change.getNumber()).textElement(2, cgroup, 0, cgroup.length);
    }
}
