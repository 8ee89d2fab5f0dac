// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.hooks.internal.abi.ArgBpfMap;
import io.tetragon.hooks.internal.abi.ArgBpfProgram;
import io.tetragon.hooks.internal.abi.ArgBytes;
import io.tetragon.hooks.internal.abi.ArgCred;
import io.tetragon.hooks.internal.abi.ArgModule;
import io.tetragon.hooks.internal.abi.ArgPath;
import io.tetragon.hooks.internal.abi.ArgPerfEvent;
import io.tetragon.hooks.internal.abi.ArgSkb;
import io.tetragon.hooks.internal.abi.ArgSock;
import io.tetragon.hooks.internal.abi.ArgSockaddr;
import io.tetragon.hooks.internal.abi.ArgSockaddrUn;
import io.tetragon.hooks.internal.abi.ArgUserNamespace;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.policy.model.ArgumentType;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each type of argument looks like in an event. */
class ArgumentTest {
    private static final int HOOK = 3;

    private static Arguments row(ArgumentType type, UnaryOperator<GenericRecord> argument, String json) {
        return Arguments.of(type, argument, json);
    }

    private static Arguments integer(ArgumentType type, long value, String json) {
        return row(type, r -> r.integer(0, value), json);
    }

    private static Arguments text(ArgumentType type, int kind, String text, String json) {
        return row(type, r -> r.text(0, kind, text), json);
    }

    private static Arguments path(ArgumentType type, int kind, int mode, boolean incomplete, String path, String json) {
        Bytes fixed = Bytes.of(ArgPath.SIZE).u16(ArgPath.MODE, mode).u8(ArgPath.INCOMPLETE, incomplete ? 1 : 0);
        return row(type, r -> r.argument(0, kind, fixed.toArray(), Bytes.utf8(path)), json);
    }

    private static Arguments bytes(ArgumentType type, int kind, long original, String text, String json) {
        Bytes fixed = Bytes.of(ArgBytes.SIZE).u64(ArgBytes.ORIGINAL, original);
        return row(type, r -> r.argument(0, kind, fixed.toArray(), Bytes.utf8(text)), json);
    }

    private static Arguments fixed(ArgumentType type, int kind, Bytes fixed, String json) {
        return row(type, r -> r.fixed(0, kind, fixed), json);
    }

    private static Arguments named(ArgumentType type, int kind, Bytes fixed, String text, String json) {
        return row(type, r -> r.argument(0, kind, fixed.toArray(), Bytes.utf8(text)), json);
    }

    static Stream<Arguments> integers() {
        return Stream.of(
                integer(ArgumentType.INT32, 0, "{'int_arg':0}"),
                integer(ArgumentType.INT32, -100, "{'int_arg':-100}"),
                integer(ArgumentType.INT8, -128, "{'int_arg':-128}"),
                integer(ArgumentType.INT16, 32767, "{'int_arg':32767}"),
                integer(ArgumentType.UINT32, 0, "{'uint_arg':0}"),
                integer(ArgumentType.UINT32, 0xFFFF_FFFFL, "{'uint_arg':4294967295}"),
                integer(ArgumentType.UINT8, 255, "{'uint_arg':255}"),
                integer(ArgumentType.UINT16, 65535, "{'uint_arg':65535}"),
                integer(ArgumentType.INT64, -1, "{'long_arg':'-1'}"),
                integer(ArgumentType.INT64, 0, "{'long_arg':'0'}"),
                integer(ArgumentType.UINT64, -1, "{'size_arg':'18446744073709551615'}"),
                integer(ArgumentType.SIZE, 0, "{'size_arg':'0'}"),
                integer(ArgumentType.SIZE, 4444, "{'size_arg':'4444'}"),
                integer(ArgumentType.BPF_CMD, 0, "{'bpf_cmd_arg':'BPF_MAP_CREATE'}"),
                integer(ArgumentType.BPF_CMD, 5, "{'bpf_cmd_arg':'BPF_PROG_LOAD'}"),
                integer(ArgumentType.BPF_CMD, 999, "{'bpf_cmd_arg':999}"),
                integer(ArgumentType.CAPABILITY, 0, "{'capability_arg':{'value':0,'name':'CAP_CHOWN'}}"),
                integer(ArgumentType.CAPABILITY, 21, "{'capability_arg':{'value':21,'name':'CAP_SYS_ADMIN'}}"),
                integer(ArgumentType.CAPABILITY, 63, "{'capability_arg':{'value':63,'name':'63'}}"),
                row(ArgumentType.SYSCALL64, r -> r.number(0, HookKind.KIND_SYSCALL, 0), "{'syscall_id':{'abi':'x64'}}"),
                row(ArgumentType.SYSCALL64, r -> r.number(0, HookKind.KIND_SYSCALL, 33),
                        "{'syscall_id':{'id':33,'abi':'x64'}}"),
                row(ArgumentType.SYSCALL64, r -> r.number(0, HookKind.KIND_SYSCALL, 0x8000_0000L | 4),
                        "{'syscall_id':{'id':4,'abi':'i386'}}"),
                row(ArgumentType.KERNEL_CAP_T, r -> r.number(0, HookKind.KIND_CAPABILITIES, 0x1ff_ffff_ffffL),
                        "{'kernel_cap_t_arg':'000001ffffffffff'}"),
                row(ArgumentType.CAP_INHERITABLE, r -> r.number(0, HookKind.KIND_CAPABILITIES, 0),
                        "{'cap_inheritable_arg':'0000000000000000'}"),
                row(ArgumentType.CAP_PERMITTED, r -> r.number(0, HookKind.KIND_CAPABILITIES, -1),
                        "{'cap_permitted_arg':'ffffffffffffffff'}"),
                row(ArgumentType.CAP_EFFECTIVE, r -> r.number(0, HookKind.KIND_CAPABILITIES, 0x20_0000),
                        "{'cap_effective_arg':'0000000000200000'}"));
    }

    static Stream<Arguments> texts() {
        return Stream.of(
                text(ArgumentType.STRING, HookKind.KIND_STRING, "/etc/passwd", "{'string_arg':'/etc/passwd'}"),
                text(ArgumentType.STRING, HookKind.KIND_STRING, "", "{'string_arg':''}"),
                text(ArgumentType.STRING, HookKind.KIND_STRING, "a\nb\\c", "{'string_arg':'a\\nb\\\\c'}"),
                row(ArgumentType.STRING, r -> r.argument(0, HookKind.KIND_STRING, new byte[0],
                        new byte[] {'a', (byte) 0xFF, (byte) 0xFE, 'b'}), "{'string_arg':'a\uFFFDb'}"),
                text(ArgumentType.DATA_LOC, HookKind.KIND_DATA_LOC, "kworker\0", "{'string_arg':'kworker'}"),
                text(ArgumentType.FILENAME, HookKind.KIND_FILENAME, "/tmp/x y", "{'string_arg':'/tmp/x y'}"),
                text(ArgumentType.NET_DEVICE, HookKind.KIND_NET_DEVICE, "eth0", "{'net_dev_arg':{'name':'eth0'}}"),
                bytes(ArgumentType.CHAR_BUF, HookKind.KIND_CHAR_BUF, 5, "hello", "{'bytes_arg':'aGVsbG8='}"),
                bytes(ArgumentType.CHAR_BUF, HookKind.KIND_CHAR_BUF, 0, "", "{'bytes_arg':''}"),
                bytes(ArgumentType.CHAR_BUF, HookKind.KIND_CHAR_BUF, 5000, "hello",
                        "{'truncated_bytes_arg':{'bytes_arg':'aGVsbG8=','orig_size':'5000'}}"),
                bytes(ArgumentType.CHAR_BUF, HookKind.KIND_CHAR_BUF, 7, "", "{'truncated_bytes_arg':{'orig_size':'7'}}"),
                bytes(ArgumentType.CHAR_IOVEC, HookKind.KIND_CHAR_IOVEC, 2, "\0\1", "{'bytes_arg':'AAE='}"),
                bytes(ArgumentType.IOV_ITER, HookKind.KIND_IOV_ITER, 3, "abc", "{'bytes_arg':'YWJj'}"),
                bytes(ArgumentType.CONST_BUF, HookKind.KIND_CONST_BUF, 4, "abcd", "{'bytes_arg':'YWJjZA=='}"));
    }

    static Stream<Arguments> paths() {
        return Stream.of(
                path(ArgumentType.FILE, HookKind.KIND_FILE, 0100640, false, "/etc/shadow",
                        "{'file_arg':{'path':'/etc/shadow','permission':'-rw-r-----'}}"),
                path(ArgumentType.FD, HookKind.KIND_FD, 0104755, false, "/usr/bin/su",
                        "{'file_arg':{'path':'/usr/bin/su','permission':'-rwsr-xr-x'}}"),
                path(ArgumentType.KIOCB, HookKind.KIND_KIOCB, 0020620, false, "/dev/pts/0",
                        "{'file_arg':{'path':'/dev/pts/0','permission':'crw--w----'}}"),
                path(ArgumentType.PATH, HookKind.KIND_PATH, 0, false, "/tmp/gdir2",
                        "{'path_arg':{'path':'/tmp/gdir2','permission':'---------'}}"),
                path(ArgumentType.PATH, HookKind.KIND_PATH, 0041777, true, "a/b",
                        "{'path_arg':{'path':'a/b','flags':'unresolvedPathComponents','permission':'drwxrwxrwt'}}"),
                path(ArgumentType.DENTRY, HookKind.KIND_DENTRY, 0120777, false, "/link",
                        "{'path_arg':{'path':'/link','permission':'lrwxrwxrwx'}}"),
                path(ArgumentType.FILE, HookKind.KIND_FILE, 0010600, false, "",
                        "{'file_arg':{'permission':'prw-------'}}"),
                path(ArgumentType.FILE, HookKind.KIND_FILE, 0142644, false, "/s",
                        "{'file_arg':{'path':'/s','permission':'srw-r-Sr--'}}"),
                path(ArgumentType.FILE, HookKind.KIND_FILE, 0061000, false, "/b",
                        "{'file_arg':{'path':'/b','permission':'b--------T'}}"),
                path(ArgumentType.LINUX_BINPRM, HookKind.KIND_LINUX_BINPRM, 0100755, true, "/bin/ls",
                        "{'linux_binprm_arg':{'path':'/bin/ls','flags':'unresolvedPathComponents',"
                                + "'permission':'-rwxr-xr-x'}}"));
    }

    private static Bytes sock(int family, int type, int protocol, int state) {
        return Bytes.of(ArgSock.SIZE).u16(ArgSock.FAMILY, family).u16(ArgSock.TYPE, type)
                .u16(ArgSock.PROTOCOL, protocol).u8(ArgSock.STATE, state);
    }

    static Stream<Arguments> sockets() {
        return Stream.of(
                fixed(ArgumentType.SOCK, HookKind.KIND_SOCK,
                        sock(2, 1, 6, 2).raw(ArgSock.SADDR, 127, 0, 0, 1).raw(ArgSock.DADDR, 10, 255, 0, 7)
                                .u16(ArgSock.SPORT, 47230).u16(ArgSock.DPORT, 8123)
                                .u64(ArgSock.COOKIE, 0xff11_0000_8000_0000L),
                        "{'sock_arg':{'family':'AF_INET','type':'SOCK_STREAM','protocol':'IPPROTO_TCP',"
                                + "'saddr':'127.0.0.1','daddr':'10.255.0.7','sport':47230,'dport':8123,"
                                + "'cookie':'18379471556423188480','state':'TCP_SYN_SENT'}}"),
                fixed(ArgumentType.SOCKET, HookKind.KIND_SOCKET,
                        sock(10, 2, 17, 7).raw(ArgSock.SADDR, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
                                .u32(ArgSock.MARK, -1).u32(ArgSock.PRIORITY, 6),
                        "{'sock_arg':{'family':'AF_INET6','type':'SOCK_DGRAM','protocol':'IPPROTO_UDP',"
                                + "'mark':4294967295,'priority':6,'saddr':'2001:db8::1','daddr':'::',"
                                + "'state':'TCP_CLOSE'}}"),
                fixed(ArgumentType.SOCK, HookKind.KIND_SOCK, sock(1, 5, 0, 1),
                        "{'sock_arg':{'family':'AF_UNIX','type':'SOCK_SEQPACKET','state':'TCP_ESTABLISHED'}}"),
                fixed(ArgumentType.SOCK, HookKind.KIND_SOCK, sock(16, 3, 9, 0),
                        "{'sock_arg':{'family':'AF_NETLINK','type':'SOCK_RAW','protocol':'9'}}"),
                fixed(ArgumentType.SOCK, HookKind.KIND_SOCK, sock(999, 7, 263, 99),
                        "{'sock_arg':{'family':'999','type':'7','protocol':'263','state':'99'}}"),
                fixed(ArgumentType.SKB, HookKind.KIND_SKB,
                        Bytes.of(ArgSkb.SIZE).u16(ArgSkb.FAMILY, 2).u16(ArgSkb.PROTOCOL, 17).u32(ArgSkb.HASH, -2)
                                .u32(ArgSkb.LEN, 60).u32(ArgSkb.MARK, 1).u32(ArgSkb.PRIORITY, 2)
                                .raw(ArgSkb.SADDR, 1, 2, 3, 4).raw(ArgSkb.DADDR, 8, 8, 8, 8).u16(ArgSkb.SPORT, 65535)
                                .u16(ArgSkb.DPORT, 53).u32(ArgSkb.SEC_PATH_LEN, 1).u32(ArgSkb.SEC_PATH_OLEN, 2),
                        "{'skb_arg':{'hash':4294967294,'len':60,'priority':2,'mark':1,'saddr':'1.2.3.4',"
                                + "'daddr':'8.8.8.8','sport':65535,'dport':53,'proto':17,'sec_path_len':1,"
                                + "'sec_path_olen':2,'protocol':'IPPROTO_UDP','family':'AF_INET'}}"),
                fixed(ArgumentType.SOCKADDR, HookKind.KIND_SOCKADDR,
                        Bytes.of(ArgSockaddr.SIZE).u16(ArgSockaddr.FAMILY, 10).u16(ArgSockaddr.PORT, 443)
                                .raw(ArgSockaddr.ADDR, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 0, 1),
                        "{'sockaddr_arg':{'family':'AF_INET6','addr':'192.168.0.1','port':443}}"),
                fixed(ArgumentType.SOCKADDR, HookKind.KIND_SOCKADDR,
                        Bytes.of(ArgSockaddr.SIZE).u16(ArgSockaddr.FAMILY, 2),
                        "{'sockaddr_arg':{'family':'AF_INET','addr':'0.0.0.0'}}"),
                named(ArgumentType.SOCKADDR_UN, HookKind.KIND_SOCKADDR_UN,
                        Bytes.of(ArgSockaddrUn.SIZE).u16(ArgSockaddrUn.FAMILY, 1), "/run/x.sock",
                        "{'sockaddrun_arg':{'family':'AF_UNIX','path':'/run/x.sock'}}"),
                named(ArgumentType.SOCKADDR_UN, HookKind.KIND_SOCKADDR_UN,
                        Bytes.of(ArgSockaddrUn.SIZE).u16(ArgSockaddrUn.FAMILY, 1).u8(ArgSockaddrUn.IS_ABSTRACT, 1),
                        "bus", "{'sockaddrun_arg':{'family':'AF_UNIX','path':'@bus'}}"));
    }

    static Stream<Arguments> others() {
        Bytes cred = Bytes.of(ArgCred.SIZE).u32(ArgCred.CRED_UID, 1000).u32(ArgCred.CRED_EGID, -1)
                .u32(ArgCred.CRED_SECUREBITS, 5).u64(ArgCred.CRED_CAPS_EFFECTIVE, 1L << 21 | 1L << 63)
                .u64(ArgCred.CRED_CAPS_PERMITTED, 3).u32(ArgCred.USERNS_LEVEL, 1).u32(ArgCred.USERNS_UID, 1000)
                .u32(ArgCred.USERNS_INUM, 0xf000_0001);
        return Stream.of(
                fixed(ArgumentType.CRED, HookKind.KIND_CRED, cred,
                        "{'process_credentials_arg':{'uid':1000,'gid':0,'euid':0,'egid':4294967295,'suid':0,'sgid':0,"
                                + "'fsuid':0,'fsgid':0,'securebits':['SecBitNoRoot','SecBitNoSetUidFixup'],"
                                + "'caps':{'permitted':['CAP_CHOWN','DAC_OVERRIDE'],'effective':['CAP_SYS_ADMIN']},"
                                + "'user_ns':{'level':1,'uid':1000,'gid':0,'ns':{'inum':4026531841}}}}"),
                fixed(ArgumentType.USER_NAMESPACE, HookKind.KIND_USER_NAMESPACE,
                        Bytes.of(ArgUserNamespace.SIZE).u32(ArgUserNamespace.INUM, 7),
                        "{'user_ns_arg':{'level':0,'uid':0,'gid':0,'ns':{'inum':7,'is_host':true}}}"),
                fixed(ArgumentType.USER_NAMESPACE, HookKind.KIND_USER_NAMESPACE,
                        Bytes.of(ArgUserNamespace.SIZE).u32(ArgUserNamespace.LEVEL, 2).u32(ArgUserNamespace.GID, 9),
                        "{'user_ns_arg':{'level':2,'uid':0,'gid':9,'ns':{}}}"),
                fixed(ArgumentType.BPF_ATTR, HookKind.KIND_BPF_ATTR,
                        Bytes.of(ArgBpfProgram.SIZE).u32(ArgBpfProgram.TYPE, 2).u32(ArgBpfProgram.INSTRUCTIONS, 42)
                                .raw(ArgBpfProgram.NAME, Bytes.utf8("sixteen_bytes_xx")),
                        "{'bpf_attr_arg':{'ProgType':'BPF_PROG_TYPE_KPROBE','InsnCnt':42,"
                                + "'ProgName':'sixteen_bytes_xx'}}"),
                fixed(ArgumentType.BPF_PROG, HookKind.KIND_BPF_PROG,
                        Bytes.of(ArgBpfProgram.SIZE).u32(ArgBpfProgram.TYPE, 9999)
                                .raw(ArgBpfProgram.NAME, Bytes.utf8("p\0rest")),
                        "{'bpf_prog_arg':{'ProgType':'9999','ProgName':'p'}}"),
                fixed(ArgumentType.BPF_MAP, HookKind.KIND_BPF_MAP,
                        Bytes.of(ArgBpfMap.SIZE).u32(ArgBpfMap.TYPE, 27).u32(ArgBpfMap.KEY_SIZE, 4)
                                .u32(ArgBpfMap.VALUE_SIZE, 8).u32(ArgBpfMap.MAX_ENTRIES, -1)
                                .raw(ArgBpfMap.NAME, Bytes.utf8("ring")),
                        "{'bpf_map_arg':{'MapType':'BPF_MAP_TYPE_RINGBUF','KeySize':4,'ValueSize':8,"
                                + "'MaxEntries':4294967295,'MapName':'ring'}}"),
                named(ArgumentType.PERF_EVENT, HookKind.KIND_PERF_EVENT,
                        Bytes.of(ArgPerfEvent.SIZE).u32(ArgPerfEvent.TYPE, 2).u64(ArgPerfEvent.CONFIG, 1234)
                                .u64(ArgPerfEvent.PROBE_OFFSET, 16), "do_sys_open",
                        "{'perf_event_arg':{'KprobeFunc':'do_sys_open','Type':'PERF_TYPE_TRACEPOINT','Config':'1234',"
                                + "'ProbeOffset':'16'}}"),
                fixed(ArgumentType.PERF_EVENT, HookKind.KIND_PERF_EVENT, Bytes.of(ArgPerfEvent.SIZE),
                        "{'perf_event_arg':{'Type':'PERF_TYPE_HARDWARE'}}"),
                named(ArgumentType.MODULE, HookKind.KIND_MODULE,
                        Bytes.of(ArgModule.SIZE).u64(ArgModule.TAINTS, 1 << 12 | 1 << 13 | 1 << 20), "xfs",
                        "{'module_arg':{'name':'xfs','tainted':['TAINT_OUT_OF_TREE_MODULE','TAINT_UNSIGNED_MODULE']}}"),
                named(ArgumentType.LOAD_INFO, HookKind.KIND_LOAD_INFO, Bytes.of(ArgModule.SIZE), "evil",
                        "{'module_arg':{'name':'evil','signature_ok':false}}"),
                named(ArgumentType.LOAD_INFO, HookKind.KIND_LOAD_INFO,
                        Bytes.of(ArgModule.SIZE).u32(ArgModule.SIGNATURE_OK, 1), "good",
                        "{'module_arg':{'name':'good','signature_ok':true}}"));
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                row(ArgumentType.STRING, r -> r.failed(0, HookKind.KIND_STRING, -14, 0),
                        "{'error_arg':{'Message':'Bad address encountered while reading the argument'}}"),
                row(ArgumentType.INT32, r -> r.failed(0, HookKind.KIND_INTEGER, -14, 3), "{'error_arg':{'Message':"
                        + "'Bad address encountered during resolve dereference at depth 3'}}"),
                row(ArgumentType.FD, r -> r.failed(0, HookKind.KIND_FD, -9, 0),
                        "{'error_arg':{'Message':'Bad file descriptor encountered while reading the argument'}}"),
                row(ArgumentType.INT32, r -> r, "{'error_arg':{'Message':'" + ArgumentError.MISSING + "'}}"),
                row(ArgumentType.INT32, r -> r.text(0, HookKind.KIND_NOP, ""),
                        "{'error_arg':{'Message':'" + ArgumentError.MISSING + "'}}"));
    }

    @ParameterizedTest
    @MethodSource({"integers", "texts", "paths", "sockets", "others", "failures"})
    void isShownAs(ArgumentType type, UnaryOperator<GenericRecord> argument, String json) {
        MemoryContext context = new MemoryContext();
        HookRecords records = new HookRecords(context);
        records.register(Hooks.kprobe("f").with(type).as(HOOK));
        records.decode(argument.apply(GenericRecord.of(HOOK)).record());
        String expected = "'function_name':'f','args':[" + json + "],'action':'KPROBE_ACTION_POST',"
                + "'policy_name':'policy','return_action':'KPROBE_ACTION_POST'";
        assertEquals(expected.replace('\'', '"'), Written.of(context.events.get(0)).members());
    }

    @Test
    void everyTypeIsInTheTable() {
        Set<ArgumentType> missing = EnumSet.allOf(ArgumentType.class);
        Stream.of(integers(), texts(), paths(), sockets(), others()).flatMap(rows -> rows)
                .forEach(row -> missing.remove(row.get()[0]));
        assertEquals(EnumSet.of(ArgumentType.AUTO, ArgumentType.NOP), missing);
    }

    @Test
    void labelsFollowTheValueAndNopIsNotShown() {
        MemoryContext context = new MemoryContext();
        HookRecords records = new HookRecords(context);
        records.register(Hooks.kprobe("f").with(ArgumentType.NOP).argument(ArgumentType.SIZE, "count", false, false)
                .argument(ArgumentType.INT32, "of task", true, false).as(HOOK));
        records.decode(GenericRecord.of(HOOK).integer(1, 7).integer(2, 0).record());
        assertEquals("\"function_name\":\"f\",\"args\":[{\"size_arg\":\"7\",\"label\":\"count\"}],"
                + "\"action\":\"KPROBE_ACTION_POST\",\"policy_name\":\"policy\",\"return_action\":\"KPROBE_ACTION_POST\","
                + "\"data\":[{\"int_arg\":0,\"label\":\"of task\"}]", Written.of(context.events.get(0)).members());
    }
}
