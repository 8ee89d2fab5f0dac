// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.stream.Stream;

/** Sockets, packets and addresses. The listeners are of this JVM, on ports that the kernel chose; nobody accepts. */
final class NetworkRows {
    private static final String TALK = trigger("tcp-talk");
    private static final String V4 = "127.0.0.1";
    private static final String V6 = "::1";
    private static final ServerSocket LISTENER = listen(V4);
    private static final ServerSocket LISTENER_V6 = listen(V6);
    private static final String PORT = Integer.toString(LISTENER.getLocalPort());
    private static final String PORT_V6 = Integer.toString(LISTENER_V6.getLocalPort());

    private NetworkRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(tracepoints(), connections(), filters(), addresses(), tracking()).flatMap(rows -> rows);
    }

    /** Open until the JVM ends: rows are made before any of them runs. */
    private static ServerSocket listen(String address) {
        try {
            return new ServerSocket(0, 200, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<PolicyScenario> tracepoints() {
        return Stream.of(
                row(
                        "a raw tracepoint's socket, on every kernel",
                        Lane.NATIVE,
                        """
                        tracepoints:
                        - subsystem: "sock"
                          event: "inet_sock_set_state"
                          raw: true
                          args:
                          - {index: 0, type: "sock"}
                          - {index: 1, type: "int"}
                          - {index: 2, type: "int"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "DPort", values: ["%s"]}
                            - {index: 2, operator: "Equal", values: ["2"]}
                        """.formatted(PORT),
                        Launch.of(TALK, V4, PORT),
                        ExpectedEvent.of("process_tracepoint")
                                .with("args.0.sock_arg.family", Check.is("AF_INET"))
                                .with("args.0.sock_arg.protocol", Check.is("IPPROTO_TCP"))
                                .with("args.0.sock_arg.daddr", Check.is(V4))
                                .with("args.0.sock_arg.dport", Check.is(PORT))
                                .with("args.2.int_arg", Check.is(2))),
                row(
                        "a packet on its way out",
                        Lane.NATIVE,
                        """
                        tracepoints:
                        - subsystem: "net"
                          event: "net_dev_queue"
                          raw: true
                          args:
                          - {index: 0, type: "skb"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "DAddr", values: ["127.0.0.2"]}
                            - {index: 0, operator: "Protocol", values: ["IPPROTO_UDP"]}
                        """,
                        Launch.of(trigger("udp-send"), "127.0.0.2", "9"),
                        ExpectedEvent.of("process_tracepoint")
                                .with("args.0.skb_arg.daddr", Check.is("127.0.0.2"))
                                .with("args.0.skb_arg.dport", Check.is(9))
                                .with("args.0.skb_arg.protocol", Check.is("IPPROTO_UDP"))));
    }

    private static Stream<PolicyScenario> connections() {
        return Stream.of(
                row(
                        SMOKE + "a connection, what is sent over it, and its end",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "tcp_connect"
                          syscall: false
                          args:
                          - {index: 0, type: "sock"}
                          selectors: [%1$s]
                        - call: "tcp_sendmsg"
                          syscall: false
                          args:
                          - {index: 0, type: "sock"}
                          - {index: 2, type: "int"}
                          selectors: [%1$s]
                        - call: "tcp_close"
                          syscall: false
                          args:
                          - {index: 0, type: "sock"}
                          selectors: [%1$s]
                        """.formatted("{matchBinaries: [{operator: In, values: [\"" + TALK + "\"]}]}"),
                        Launch.of(TALK, V4, PORT),
                        socket("tcp_connect", V4, PORT).with("args.0.sock_arg.state", Check.is("TCP_SYN_SENT")),
                        socket("tcp_sendmsg", V4, PORT).with("args.1.int_arg", Check.is(5)),
                        socket("tcp_close", V4, PORT)));
    }

    private static Stream<PolicyScenario> filters() {
        return Stream.of(
                connecting("an address", "DAddr", V4, true),
                connecting("another address", "DAddr", "127.0.0.3", false),
                connecting("a subnet", "DAddr", "127.0.0.0/8", true),
                connecting("another subnet", "DAddr", "10.0.0.0/8", false),
                connecting("all but a subnet", "NotDAddr", "127.0.0.0/8", false),
                connecting("all but another subnet", "NotDAddr", "10.0.0.0/8", true),
                connecting("the own address", "SAddr", V4, true),
                connecting("all but a port", "NotDPort", PORT, false),
                connecting("a range of ports", "DPort", "1:65535", true),
                connecting("a port without privilege", "NotDPortPriv", "", true),
                connecting("a privileged port", "DPortPriv", "", false),
                connecting("a protocol", "Protocol", "IPPROTO_TCP", true),
                connecting("another protocol", "Protocol", "IPPROTO_UDP", false),
                connecting("a family", "Family", "AF_INET", true),
                connecting("another family", "Family", "AF_INET6", false),
                connecting("a state", "State", "TCP_SYN_SENT", true),
                connecting("another state", "State", "TCP_ESTABLISHED", false),
                row(
                        "a subnet of IPv6 and its port",
                        Lane.KPROBE,
                        connect("DAddr", "::/64", PORT_V6),
                        Launch.of(TALK, V6, PORT_V6),
                        socket("tcp_connect", V6, PORT_V6).with("args.0.sock_arg.family", Check.is("AF_INET6"))));
    }

    private static PolicyScenario connecting(String name, String operator, String value, boolean hit) {
        Launch action = Launch.of(TALK, V4, PORT);
        String spec = connect(operator, value, PORT);
        String sentence = "a connection is filtered by " + name;
        return hit
                ? row(sentence, Lane.KPROBE, spec, action, socket("tcp_connect", V4, PORT))
                : row(sentence, Lane.KPROBE, spec, action);
    }

    private static String connect(String operator, String value, String port) {
        return """
                kprobes:
                - call: "tcp_connect"
                  syscall: false
                  args:
                  - {index: 0, type: "sock"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "DPort", values: ["%s"]}
                    - {index: 0, operator: "%s"%s}
                """.formatted(
                        operator.equals("NotDPort") ? "1:65535" : port,
                        operator,
                        value.isEmpty() ? "" : ", values: [\"" + value + "\"]")
                // Without this, connections of others would be in the export, too.
                + "    matchBinaries:\n    - {operator: In, values: [\"" + TALK + "\"]}\n";
    }

    private static Stream<PolicyScenario> addresses() {
        String unix = trigger("unix-connect");
        return Stream.of(
                row(
                        "the address of connect(2)",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "security_socket_connect"
                          syscall: false
                          args:
                          - {index: 0, type: "socket"}
                          - {index: 1, type: "sockaddr"}
                          selectors:
                          - matchArgs:
                            - {index: 1, operator: "SPort", values: ["%s"]}
                            - {index: 1, operator: "Family", values: ["AF_INET"]}
                        """.formatted(PORT),
                        Launch.of(TALK, V4, PORT),
                        ExpectedEvent.of("process_kprobe")
                                .with("args.0.sock_arg.type", Check.is("SOCK_STREAM"))
                                .with("args.1.sockaddr_arg.family", Check.is("AF_INET"))
                                .with("args.1.sockaddr_arg.addr", Check.is(V4))
                                .with("args.1.sockaddr_arg.port", Check.is(PORT))),
                unix("the path of a UNIX socket", unix, "/run/none-such.sock"),
                unix("the abstract name of a UNIX socket", unix, "@none-such"));
    }

    private static PolicyScenario unix(String name, String program, String path) {
        return row(
                name,
                Lane.KPROBE,
                """
                kprobes:
                - call: "security_socket_connect"
                  syscall: false
                  args:
                  - {index: 1, type: "sockaddr_un"}
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchArgs:
                    - {index: 1, operator: "Family", values: ["AF_UNIX"]}
                """.formatted(program),
                Launch.of(program, path),
                ExpectedEvent.of("process_kprobe")
                        .with("args.0.sockaddrun_arg.family", Check.is("AF_UNIX"))
                        .with("args.0.sockaddrun_arg.path", Check.is(path)));
    }

    /** The child closes the socket last; without tracking, the event of that would be the child's. */
    private static Stream<PolicyScenario> tracking() {
        return Stream.of(
                row(
                        "TrackSock gives the events of a socket to whom it belongs",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "tcp_connect"
                          syscall: false
                          args:
                          - {index: 0, type: "sock"}
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%1$s"]}
                            matchActions:
                            - {action: "TrackSock", argSock: 0}
                        - call: "tcp_close"
                          syscall: false
                          args:
                          - {index: 0, type: "sock"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "DPort", values: ["%2$s"]}
                            matchActions:
                            - {action: "UntrackSock", argSock: 0}
                        """.formatted(TALK, PORT),
                        Launch.of(TALK, V4, PORT, "heir"),
                        socket("tcp_connect", V4, PORT).as("owner"),
                        socket("tcp_close", V4, PORT).as("owner")));
    }

    private static ExpectedEvent socket(String function, String address, String port) {
        return ExpectedEvent.of("process_kprobe")
                .with("function_name", Check.is(function))
                .with("args.0.sock_arg.daddr", Check.is(address))
                .with("args.0.sock_arg.dport", Check.is(port));
    }
}
