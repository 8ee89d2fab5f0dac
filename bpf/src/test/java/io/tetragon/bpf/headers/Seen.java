// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * {@code struct seen} of {@code helpers.bpf.c}.
 *
 * @param ids uid, gid, suid, sgid, euid, egid, fsuid, fsgid, securebits
 * @param capabilities permitted, effective, inheritable
 * @param namespaces in the order of {@code struct msg_namespaces}
 * @param cwd components leaf first, each with its NUL
 * @param intact whether nothing was written behind the room for the directory
 */
record Seen(int calls, int tgid, int nspid, int level, int auid, boolean complete, List<Integer> ids,
        List<Long> capabilities, List<Integer> namespaces, byte[] cwd, boolean intact) {
    private static final int GUARD = 0x5afe5afe;
    private static final int CWD_ROOM = 4096 + 256;

    static Seen of(ByteBuffer b) {
        int calls = b.getInt();
        int tgid = b.getInt();
        int nspid = b.getInt();
        int level = b.getInt();
        int auid = b.getInt();
        int size = b.getInt();
        boolean complete = b.getInt() != 0;
        boolean intact = b.getInt() == GUARD;
        List<Integer> ids = ints(b, 9);
        b.getInt();
        List<Long> capabilities = List.of(b.getLong(), b.getLong(), b.getLong());
        List<Integer> namespaces = ints(b, 10);
        byte[] cwd = new byte[size];
        b.get(b.position(), cwd);
        intact &= b.getLong(b.position() + CWD_ROOM) == GUARD;
        return new Seen(calls, tgid, nspid, level, auid, complete, ids, capabilities, namespaces, cwd, intact);
    }

    private static List<Integer> ints(ByteBuffer b, int count) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(b.getInt());
        }
        return all;
    }

    /** Returns the directory as people write it. */
    String path() {
        if (cwd.length == 0) {
            return complete ? "/" : "";
        }
        List<String> parts = new ArrayList<>(List.of(new String(cwd, StandardCharsets.UTF_8).split("\0")));
        Collections.reverse(parts);
        return "/" + String.join("/", parts);
    }
}
