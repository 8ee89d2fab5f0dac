// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.EventType;

/** A binary or library became executable in a process's memory. */
final class ProcessLoaderEvent extends ProcessEvent {
    private final byte[] path;
    private final byte[] buildId;

    /**
     * @param path in the bytes of the file system
     * @param buildId empty if the file has none
     */
    ProcessLoaderEvent(Node node, Mapping mapping, byte[] buildId) {
        super(node, mapping.timeNanos(), mapping.pid(), mapping.ktime(), mapping.tid());
        path = mapping.shownPath();
        this.buildId = buildId;
    }

    @Override
    public EventType type() {
        return EventType.PROCESS_LOADER;
    }

    @Override
    protected String member() {
        return "process_loader";
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
        out.name("path").text(path, 0, path.length);
        if (buildId.length > 0) {
            out.name("buildid").base64(buildId, 0, buildId.length);
        }
        writeParent(out);
        writeAncestors(out);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
        out.textElement(2, path, 0, path.length).bytes(3, buildId);
        writeParent(out, 4);
        writeAncestors(out, 5);
    }
}
