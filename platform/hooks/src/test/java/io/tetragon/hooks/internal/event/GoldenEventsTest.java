// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.util.JsonFormat;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.hooks.event.UprobePlace;
import io.tetragon.hooks.internal.abi.ArgPath;
import io.tetragon.hooks.internal.abi.ArgSock;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.KprobeAction;
import io.tetragon.proto.KprobeArgument;
import io.tetragon.proto.KprobeSock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Recorded events of the upstream agent, taken back to records, come out letter for letter as they were. */
class GoldenEventsTest {
    private static final int RETURN_SLOT = 5;

    @Test
    void recordedEventsComeOutAsTheyWere() throws IOException {
        Map<GetEventsResponse.EventCase, Integer> seen = new EnumMap<>(GetEventsResponse.EventCase.class);
        for (Path file : recordings()) {
            for (String line : Files.readAllLines(file)) {
                GetEventsResponse.Builder golden = GetEventsResponse.newBuilder();
                JsonFormat.parser().ignoringUnknownFields().merge(line, golden);
                // Stacks are taken from symbols, not from records.
                if (isHook(golden.getEventCase()) && !line.contains("stack_trace") && !line.contains("error_arg")) {
                    assertEquals(members(line), again(golden.build()), () -> file + ": " + line);
                    seen.merge(golden.getEventCase(), 1, Integer::sum);
                }
            }
        }
        assertEquals(5, seen.size(), seen::toString);
        assertTrue(seen.get(GetEventsResponse.EventCase.PROCESS_KPROBE) > 20, seen::toString);
    }

    private static List<Path> recordings() throws IOException {
        Path folder = Path.of(System.getProperty("tetragon.shared", "../../../shared"), "golden");
        assumeTrue(Files.exists(folder), () -> folder.toAbsolutePath().normalize() + " is not there");
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith("events.json")).sorted().toList();
        }
    }

    private static boolean isHook(GetEventsResponse.EventCase kind) {
        return switch (kind) {
            case PROCESS_KPROBE, PROCESS_TRACEPOINT, PROCESS_UPROBE, PROCESS_USDT, PROCESS_LSM -> true;
            default -> false;
        };
    }

    /** What is behind process and parent, without the blanks that the recorder puts here and there. */
    private static String members(String line) {
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            quoted ^= c == '"' && line.charAt(i - 1) != '\\';
            if (quoted || c != ' ') {
                text.append(c);
            }
        }
        int from = text.lastIndexOf("\"in_init_tree\":false},") + "\"in_init_tree\":false},".length();
        return text.substring(from, text.lastIndexOf("},\"node_name\""));
    }

    private static String again(GetEventsResponse golden) {
        MemoryContext context = new MemoryContext();
        HookRecords records = new HookRecords(context);
        GenericRecord entry = GenericRecord.of(1);
        switch (golden.getEventCase()) {
            case PROCESS_KPROBE -> {
                var event = golden.getProcessKprobe();
                Hooks hook = Hooks.kprobe(event.getFunctionName())
                        .policy(event.getPolicyName(), event.getMessage(), event.getTagsList());
                arguments(hook, entry, event.getArgsList());
                entry.action(action(event.getAction()));
                if (event.hasReturn()) {
                    entry.call(9);
                    hook.returning(typeOf(event.getReturn()));
                    GenericRecord exit = GenericRecord.of(1).call(9).flags(MsgGenericFlags.MSG_RETURN);
                    argument(exit, RETURN_SLOT, event.getReturn());
                    records.register(hook.as(1));
                    records.decode(entry.record());
                    records.decode(exit.action(action(event.getReturnAction())).record());
                    return Written.of(context.events.get(0)).members();
                }
                records.register(hook.as(1));
            }
            case PROCESS_TRACEPOINT -> {
                var event = golden.getProcessTracepoint();
                Hooks hook = Hooks.of(new HookEvent.Tracepoint(event.getSubsys(), event.getEvent()))
                        .policy(event.getPolicyName(), event.getMessage(), event.getTagsList());
                arguments(hook, entry.action(action(event.getAction())), event.getArgsList());
                records.register(hook.as(1));
            }
            case PROCESS_UPROBE -> {
                var event = golden.getProcessUprobe();
                UprobePlace place = new UprobePlace(event.getSymbol(), event.getOffset(), event.getRefCtrOffset());
                Hooks hook = Hooks.of(new HookEvent.Uprobe(event.getPath(), attachment -> place))
                        .policy(event.getPolicyName(), event.getMessage(), event.getTagsList());
                arguments(hook, entry.action(action(event.getAction())), event.getArgsList());
                records.register(hook.as(1));
            }
            case PROCESS_USDT -> {
                var event = golden.getProcessUsdt();
                Hooks hook = Hooks.of(new HookEvent.Usdt(event.getPath(), event.getProvider(), event.getName()))
                        .policy(event.getPolicyName(), event.getMessage(), event.getTagsList());
                arguments(hook, entry.action(action(event.getAction())), event.getArgsList());
                records.register(hook.as(1));
            }
            default -> {
                var event = golden.getProcessLsm();
                Hooks hook = Hooks.of(new HookEvent.Lsm(event.getFunctionName()))
                        .policy(event.getPolicyName(), event.getMessage(), event.getTagsList());
                arguments(hook, entry.action(action(event.getAction())), event.getArgsList());
                records.register(hook.as(1));
            }
        }
        records.decode(entry.record());
        return Written.of(context.events.get(0)).members();
    }

    private static int action(KprobeAction action) {
        return action.getNumber() - 1;
    }

    private static void arguments(Hooks hook, GenericRecord record, List<KprobeArgument> all) {
        List<KprobeArgument> left = new ArrayList<>(all);
        for (int slot = 0; slot < left.size(); slot++) {
            hook.with(typeOf(left.get(slot)));
            argument(record, slot, left.get(slot));
        }
    }

    private static ArgumentType typeOf(KprobeArgument argument) {
        return switch (argument.getArgCase()) {
            case INT_ARG -> ArgumentType.INT32;
            case UINT_ARG -> ArgumentType.UINT32;
            case LONG_ARG -> ArgumentType.INT64;
            case SIZE_ARG -> ArgumentType.UINT64;
            case STRING_ARG -> ArgumentType.STRING;
            case FILE_ARG -> ArgumentType.FILE;
            case PATH_ARG -> ArgumentType.PATH;
            case SOCK_ARG -> ArgumentType.SOCK;
            case SYSCALL_ID -> ArgumentType.SYSCALL64;
            default -> throw new AssertionError("not expected in a recording: " + argument);
        };
    }

    private static void argument(GenericRecord record, int slot, KprobeArgument argument) {
        switch (argument.getArgCase()) {
            case INT_ARG -> record.integer(slot, argument.getIntArg());
            case UINT_ARG -> record.integer(slot, Integer.toUnsignedLong(argument.getUintArg()));
            case LONG_ARG -> record.integer(slot, argument.getLongArg());
            case SIZE_ARG -> record.integer(slot, argument.getSizeArg());
            case STRING_ARG -> record.text(slot, HookKind.KIND_STRING, argument.getStringArg());
            case FILE_ARG -> record.argument(slot, HookKind.KIND_FILE, mode(argument.getFileArg().getPermission()),
                    Bytes.utf8(argument.getFileArg().getPath()));
            case PATH_ARG -> record.argument(slot, HookKind.KIND_PATH, mode(argument.getPathArg().getPermission()),
                    Bytes.utf8(argument.getPathArg().getPath()));
            case SOCK_ARG -> record.fixed(slot, HookKind.KIND_SOCK, sock(argument.getSockArg()));
            default -> record.number(slot, HookKind.KIND_SYSCALL, argument.getSyscallId().getId());
        }
    }

    /** All recorded ones are regular files, or without a mode. */
    private static byte[] mode(String permission) {
        int mode = 0;
        if (permission.length() == 10) {
            mode = 0100000;
            for (int i = 1; i < 10; i++) {
                mode |= permission.charAt(i) == '-' ? 0 : 1 << 9 - i;
            }
        }
        return Bytes.of(ArgPath.SIZE).u16(ArgPath.MODE, mode).toArray();
    }

    /** All recorded ones are TCP. */
    private static Bytes sock(KprobeSock sock) {
        int family = sock.getFamily().equals("AF_INET") ? 2 : 10;
        int state = Map.of("TCP_ESTABLISHED", 1, "TCP_SYN_SENT", 2, "TCP_FIN_WAIT1", 4, "TCP_FIN_WAIT2", 5,
                "TCP_CLOSE", 7, "TCP_CLOSE_WAIT", 8, "TCP_LISTEN", 10).get(sock.getState());
        return Bytes.of(ArgSock.SIZE).u16(ArgSock.FAMILY, family).u16(ArgSock.TYPE, 1).u16(ArgSock.PROTOCOL, 6)
                .u8(ArgSock.STATE, state).raw(ArgSock.SADDR, address(sock.getSaddr()))
                .raw(ArgSock.DADDR, address(sock.getDaddr())).u16(ArgSock.SPORT, sock.getSport())
                .u16(ArgSock.DPORT, sock.getDport()).u64(ArgSock.COOKIE, sock.getCookie())
                .u32(ArgSock.MARK, sock.getMark()).u32(ArgSock.PRIORITY, sock.getPriority());
    }

    private static byte[] address(String text) {
        try {
            // Numeric: nothing is looked up.
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("not an address: " + text, e);
        }
    }
}
