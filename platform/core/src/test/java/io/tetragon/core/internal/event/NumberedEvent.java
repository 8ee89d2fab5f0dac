// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.EventType;

/** An event that is told apart by its number: even ones are execs, odd ones exits. */
final class NumberedEvent extends ProcessEvent {
    static final Node NODE = new Node("node", "");

    final int number;
    private final int size;

    NumberedEvent(int number) {
        this(number, 1);
    }

    NumberedEvent(int number, int size) {
        super(NODE, number, 1, 1, 1);
        this.number = number;
        this.size = size;
    }

    NumberedEvent(int number, int pid, long ktime) {
        super(NODE, number, pid, ktime, pid);
        this.number = number;
        size = 1;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public EventType type() {
        return number % 2 == 0 ? EventType.PROCESS_EXEC : EventType.PROCESS_EXIT;
    }

    @Override
    protected String member() {
        return number % 2 == 0 ? "process_exec" : "process_exit";
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
    }

    @Override
    public String toString() {
        return "event " + number;
    }
}
