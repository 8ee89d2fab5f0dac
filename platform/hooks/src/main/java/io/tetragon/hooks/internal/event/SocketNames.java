// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import java.util.Arrays;

/** The kernel's names for what sockets have; a number without a name is its own. */
final class SocketNames {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    /** By number; the gaps are numbers that Linux never gave away. */
    private static final String[] FAMILIES = {
        "AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_AX25", "AF_IPX", "AF_APPLETALK", "AF_NETROM", "AF_BRIDGE", "AF_ATMPVC",
        "AF_X25", "AF_INET6", "AF_ROSE", "AF_DECnet", "AF_NETBEUI", "AF_SECURITY", "AF_KEY", "AF_NETLINK", "AF_PACKET",
        "AF_ASH", "AF_ECONET", "AF_ATMSVC", "AF_RDS", "AF_SNA", "AF_IRDA", "AF_PPPOX", "AF_WANPIPE", "AF_LLC", "AF_IB",
        "AF_MPLS", "AF_CAN", "AF_TIPC", "AF_BLUETOOTH", "AF_IUCV", "AF_RXRPC", "AF_ISDN", "AF_PHONET", "AF_IEEE802154",
        "AF_CAIF", "AF_ALG", "AF_NFC", "AF_VSOCK", "AF_KCM", "AF_QIPCRTR", "AF_SMC", "AF_XDP", "AF_MCTP",
    };

    private static final String[] TYPES = {
        "", "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET", "SOCK_DCCP", "", "", "", "SOCK_PACKET",
    };

    private static final String[] STATES = {
        "", "TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_TIME_WAIT",
        "TCP_CLOSE", "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING", "TCP_NEW_SYN_RECV",
    };

    private static final String[] PROTOCOLS = protocols();

    private SocketNames() {}

    static String family(int number) {
        return name(FAMILIES, number);
    }

    static String type(int number) {
        return number == 0 ? "" : name(TYPES, number);
    }

    /** Those of IP; other families count their own. */
    static String protocol(int family, int number) {
        return family == AF_INET || family == AF_INET6 ? name(PROTOCOLS, number)
                : number == 0 ? "" : Integer.toString(number);
    }

    static String state(int number) {
        return number == 0 ? "" : name(STATES, number);
    }

    static boolean hasAddress(int family) {
        return family == AF_INET || family == AF_INET6;
    }

    private static String name(String[] names, int number) {
        return number < names.length && !names[number].isEmpty() ? names[number] : Integer.toString(number);
    }

    private static String[] protocols() {
        String[] names = new String[263];
        Arrays.fill(names, "");
        String[] known = {
            "0 IP", "1 ICMP", "2 IGMP", "4 IPIP", "6 TCP", "8 EGP", "12 PUP", "17 UDP", "22 IDP", "29 TP", "33 DCCP",
            "41 IPV6", "46 RSVP", "47 GRE", "50 ESP", "51 AH", "58 ICMPV6", "92 MTP", "94 BEETPH", "98 ENCAP", "103 PIM",
            "108 COMP", "115 L2TP", "132 SCTP", "136 UDPLITE", "137 MPLS", "143 ETHERNET", "255 RAW", "262 MPTCP",
        };
        for (String entry : known) {
            int blank = entry.indexOf(' ');
            names[Integer.parseInt(entry.substring(0, blank))] = "IPPROTO_" + entry.substring(blank + 1);
        }
        return names;
    }
}
