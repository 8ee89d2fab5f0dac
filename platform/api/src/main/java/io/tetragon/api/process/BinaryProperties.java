// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.ProcessPrivilegesChanged;
import java.util.List;

/**
 * What executing a binary did to the privileges of the process, and whether the binary has a name at all.
 *
 * @param setuid the user id gained, or -1
 * @param setgid the group id gained, or -1
 * @param privilegesChanged ways in which capabilities were gained
 * @param unlinkedInode inode number of a binary without a link (memfd, shared memory, deleted), or 0
 */
public record BinaryProperties(
        long setuid, long setgid, List<ProcessPrivilegesChanged> privilegesChanged, long unlinkedInode) {

    /** Appends the message as a JSON object. */
    public void writeJson(JsonWriter out) {
        out.beginObject();
        if (setuid >= 0) {
            out.name("setuid").number(setuid);
        }
        if (setgid >= 0) {
            out.name("setgid").number(setgid);
        }
        if (!privilegesChanged.isEmpty()) {
            out.name("privileges_changed").beginArray();
            for (ProcessPrivilegesChanged change : privilegesChanged) {
                out.string(change.name());
            }
            out.endArray();
        }
        if (unlinkedInode != 0) {
            out.name("file").beginObject().name("inode").beginObject();
            out.name("number").unsignedLongString(unlinkedInode).name("links").number(0);
            out.endObject().endObject();
        }
        out.endObject();
    }

    /** Appends the fields of the message. */
    public void writeProto(ProtoWriter out) {
        if (setuid >= 0) {
            out.wrapper(1, setuid);
        }
        if (setgid >= 0) {
            out.wrapper(2, setgid);
        }
        if (!privilegesChanged.isEmpty()) {
            int list = out.begin(3);
            for (ProcessPrivilegesChanged change : privilegesChanged) {
                out.packed(change.getNumber());
            }
            out.end(list);
        }
        if (unlinkedInode != 0) {
            int file = out.begin(4);
            int inode = out.begin(1);
            out.varint(1, unlinkedInode).wrapper(2, 0);
            out.end(inode).end(file);
        }
    }
}
