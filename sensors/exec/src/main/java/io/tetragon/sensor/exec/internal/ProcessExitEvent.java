// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.EventType;

/** The last thread of a process ended. */
final class ProcessExitEvent extends ProcessEvent {
    /** Of the wait status: the signal in the low bits, a core dump's mark above it, the status above that. */
    private static final int SIGNAL_MASK = 0x7F;
    private static final int STATUS_SHIFT = 8;

    private final int code;

    ProcessExitEvent(Node node, long timeNanos, int pid, long ktime, int code) {
        super(node, timeNanos, pid, ktime, pid);
        this.code = code;
    }

    @Override
    public EventType type() {
        return EventType.PROCESS_EXIT;
    }

    @Override
    protected String member() {
        return "process_exit";
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
        writeParent(out);
        String signal = SignalNames.of(code & SIGNAL_MASK);
        if (!signal.isEmpty()) {
            out.name("signal").string(signal);
        }
        if (status() != 0) {
            out.name("status").unsigned(status());
        }
        out.name("time").timestamp(timeNanos());
        writeAncestors(out);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
        writeParent(out, 2);
        out.string(3, SignalNames.of(code & SIGNAL_MASK)).varint(4, status()).timestamp(5, timeNanos());
        writeAncestors(out, 6);
    }

    private int status() {
        return code >>> STATUS_SHIFT & 0xFF;
    }
}
