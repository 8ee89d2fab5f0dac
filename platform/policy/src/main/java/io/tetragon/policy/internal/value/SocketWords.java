// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import io.tetragon.policy.internal.schema.Nearest;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The kernel's names for protocols, address families, TCP states and file types. */
final class SocketWords {
    private static final Map<String, Integer> PROTOCOLS = Map.ofEntries(
            Map.entry("IPPROTO_IP", 0), Map.entry("IPPROTO_ICMP", 1), Map.entry("IPPROTO_IGMP", 2),
            Map.entry("IPPROTO_IPIP", 4), Map.entry("IPPROTO_TCP", 6), Map.entry("IPPROTO_EGP", 8),
            Map.entry("IPPROTO_PUP", 12), Map.entry("IPPROTO_UDP", 17), Map.entry("IPPROTO_IDP", 22),
            Map.entry("IPPROTO_TP", 29), Map.entry("IPPROTO_DCCP", 33), Map.entry("IPPROTO_IPV6", 41),
            Map.entry("IPPROTO_RSVP", 46), Map.entry("IPPROTO_GRE", 47), Map.entry("IPPROTO_ESP", 50),
            Map.entry("IPPROTO_AH", 51), Map.entry("IPPROTO_ICMPV6", 58), Map.entry("IPPROTO_MTP", 92),
            Map.entry("IPPROTO_BEETPH", 94), Map.entry("IPPROTO_ENCAP", 98), Map.entry("IPPROTO_PIM", 103),
            Map.entry("IPPROTO_COMP", 108), Map.entry("IPPROTO_L2TP", 115), Map.entry("IPPROTO_SCTP", 132),
            Map.entry("IPPROTO_UDPLITE", 136), Map.entry("IPPROTO_MPLS", 137), Map.entry("IPPROTO_ETHERNET", 143),
            Map.entry("IPPROTO_RAW", 255), Map.entry("IPPROTO_MPTCP", 262));

    /** By number; the gaps are numbers that Linux never gave away. */
    private static final List<String> FAMILIES = List.of(
            "AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_AX25", "AF_IPX", "AF_APPLETALK", "AF_NETROM", "AF_BRIDGE",
            "AF_ATMPVC", "AF_X25", "AF_INET6", "AF_ROSE", "AF_DECnet", "AF_NETBEUI", "AF_SECURITY", "AF_KEY",
            "AF_NETLINK", "AF_PACKET", "AF_ASH", "AF_ECONET", "AF_ATMSVC", "AF_RDS", "AF_SNA", "AF_IRDA",
            "AF_PPPOX", "AF_WANPIPE", "AF_LLC", "AF_IB", "AF_MPLS", "AF_CAN", "AF_TIPC", "AF_BLUETOOTH",
            "AF_IUCV", "AF_RXRPC", "AF_ISDN", "AF_PHONET", "AF_IEEE802154", "AF_CAIF", "AF_ALG", "AF_NFC",
            "AF_VSOCK", "AF_KCM", "AF_QIPCRTR", "AF_SMC", "AF_XDP", "AF_MCTP");

    private static final List<String> STATES = List.of(
            "", "TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2",
            "TCP_TIME_WAIT", "TCP_CLOSE", "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING",
            "TCP_NEW_SYN_RECV");

    /** The type bits of a mode. */
    private static final Map<String, Integer> FILE_TYPES = Map.ofEntries(
            Map.entry("sock", 0140000), Map.entry("socket", 0140000),
            Map.entry("lnk", 0120000), Map.entry("symlink", 0120000), Map.entry("link", 0120000),
            Map.entry("reg", 0100000), Map.entry("regular", 0100000), Map.entry("file", 0100000),
            Map.entry("blk", 0060000), Map.entry("block", 0060000),
            Map.entry("dir", 0040000), Map.entry("directory", 0040000),
            Map.entry("chr", 0020000), Map.entry("char", 0020000), Map.entry("character", 0020000),
            Map.entry("fifo", 0010000), Map.entry("pipe", 0010000));

    private SocketWords() {}

    static long protocol(String text) throws ValueException {
        Integer number = PROTOCOLS.get(text.toUpperCase(Locale.ROOT));
        if (number != null) {
            return number;
        }
        return number(text, 65_535, "a protocol", "IPPROTO_TCP", PROTOCOLS.keySet().stream().sorted().toList());
    }

    static long family(String text) throws ValueException {
        String canonical = text.equalsIgnoreCase("AF_LOCAL") ? "AF_UNIX"
                : text.equalsIgnoreCase("AF_ROUTE") ? "AF_NETLINK" : text;
        int number = indexIgnoringCase(FAMILIES, canonical);
        return number >= 0 ? number : number(text, 65_535, "an address family", "AF_INET", FAMILIES);
    }

    static long state(String text) throws ValueException {
        int number = indexIgnoringCase(STATES, text);
        return number > 0 ? number : number(text, STATES.size() - 1, "a TCP state", "TCP_LISTEN", STATES);
    }

    static long fileType(String text) throws ValueException {
        Integer bits = FILE_TYPES.get(text.toLowerCase(Locale.ROOT));
        if (bits == null) {
            throw new ValueException("it is one of sock, lnk, reg, blk, dir, chr, fifo",
                    Nearest.hint(text, FILE_TYPES.keySet().stream().sorted().toList()));
        }
        return bits;
    }

    private static long number(String text, int max, String what, String example, List<String> words)
            throws ValueException {
        long number;
        try {
            number = Numbers.parse(text, 32, false);
        } catch (ValueException e) {
            String hint = Nearest.hint(text, words);
            throw new ValueException("it is the name or number of " + what,
                    hint.isEmpty() ? "write it like " + example : hint);
        }
        if (number > max) {
            throw new ValueException("the number of " + what + " lies from 0 to " + max, "");
        }
        return number;
    }

    private static int indexIgnoringCase(List<String> words, String text) {
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equalsIgnoreCase(text)) {
                return i;
            }
        }
        return -1;
    }
}
