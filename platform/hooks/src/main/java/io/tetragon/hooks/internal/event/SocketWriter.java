// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.hooks.internal.abi.ArgSkb;
import io.tetragon.hooks.internal.abi.ArgSock;
import io.tetragon.hooks.internal.abi.ArgSockaddr;
import io.tetragon.hooks.internal.abi.ArgSockaddrUn;

/** Writes sockets, packets and socket addresses. */
final class SocketWriter {
    private SocketWriter() {}

    static void sock(MessageWriter out, byte[] area, int at) {
        int family = unsigned16(area, at + ArgSock.FAMILY);
        int mark = out.begin(9, "sock_arg");
        out.string(1, "family", SocketNames.family(family));
        out.string(2, "type", SocketNames.type(unsigned16(area, at + ArgSock.TYPE)));
        out.string(3, "protocol", SocketNames.protocol(family, unsigned16(area, at + ArgSock.PROTOCOL)));
        out.uint32(4, "mark", ArgumentArea.getInt(area, at + ArgSock.MARK));
        out.uint32(5, "priority", ArgumentArea.getInt(area, at + ArgSock.PRIORITY));
        if (SocketNames.hasAddress(family)) {
            out.string(6, "saddr", AddressText.of(family, area, at + ArgSock.SADDR));
            out.string(7, "daddr", AddressText.of(family, area, at + ArgSock.DADDR));
        }
        out.uint32(8, "sport", unsigned16(area, at + ArgSock.SPORT));
        out.uint32(9, "dport", unsigned16(area, at + ArgSock.DPORT));
        out.uint64(10, "cookie", ArgumentArea.getLong(area, at + ArgSock.COOKIE));
        out.string(11, "state", SocketNames.state(area[at + ArgSock.STATE] & 0xFF));
        out.end(mark);
    }

    static void skb(MessageWriter out, byte[] area, int at) {
        int family = unsigned16(area, at + ArgSkb.FAMILY);
        int protocol = unsigned16(area, at + ArgSkb.PROTOCOL);
        int mark = out.begin(3, "skb_arg");
        out.uint32(1, "hash", ArgumentArea.getInt(area, at + ArgSkb.HASH));
        out.uint32(2, "len", ArgumentArea.getInt(area, at + ArgSkb.LEN));
        out.uint32(3, "priority", ArgumentArea.getInt(area, at + ArgSkb.PRIORITY));
        out.uint32(4, "mark", ArgumentArea.getInt(area, at + ArgSkb.MARK));
        if (SocketNames.hasAddress(family)) {
            out.string(5, "saddr", AddressText.of(family, area, at + ArgSkb.SADDR));
            out.string(6, "daddr", AddressText.of(family, area, at + ArgSkb.DADDR));
        }
        out.uint32(7, "sport", unsigned16(area, at + ArgSkb.SPORT));
        out.uint32(8, "dport", unsigned16(area, at + ArgSkb.DPORT));
        out.uint32(9, "proto", protocol);
        out.uint32(10, "sec_path_len", ArgumentArea.getInt(area, at + ArgSkb.SEC_PATH_LEN));
        out.uint32(11, "sec_path_olen", ArgumentArea.getInt(area, at + ArgSkb.SEC_PATH_OLEN));
        out.string(12, "protocol", SocketNames.protocol(family, protocol));
        out.string(13, "family", SocketNames.family(family));
        out.end(mark);
    }

    static void sockaddr(MessageWriter out, byte[] area, int at) {
        int family = unsigned16(area, at + ArgSockaddr.FAMILY);
        int mark = out.begin(30, "sockaddr_arg");
        out.string(1, "family", SocketNames.family(family));
        if (SocketNames.hasAddress(family)) {
            out.string(2, "addr", AddressText.of(family, area, at + ArgSockaddr.ADDR));
        }
        out.uint32(3, "port", unsigned16(area, at + ArgSockaddr.PORT));
        out.end(mark);
    }

    static void sockaddrUn(MessageWriter out, byte[] area, int at, int text, int size) {
        int mark = out.begin(33, "sockaddrun_arg");
        out.string(1, "family", SocketNames.family(unsigned16(area, at + ArgSockaddrUn.FAMILY)));
        if (area[at + ArgSockaddrUn.IS_ABSTRACT] == 0) {
            out.text(2, "path", area, text, size);
        } else {
            byte[] name = new byte[size + 1];
            name[0] = '@';
            System.arraycopy(area, text, name, 1, size);
            out.text(2, "path", name, 0, name.length);
        }
        out.end(mark);
    }

    private static int unsigned16(byte[] area, int at) {
        return ArgumentArea.getShort(area, at) & 0xFFFF;
    }
}
