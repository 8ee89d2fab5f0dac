// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.util.JsonFormat;
import io.tetragon.cli.internal.CliException;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.GetEventsResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompactPrinterTest {
    private static final CompactPrinter.Options PLAIN =
            new CompactPrinter.Options(false, false, true, true);

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "__x64_sys_write | {file_arg:{path:'/a'}},{bytes_arg:'eA=='},{size_arg:3} | 📝 write   n b /a 3 bytes",
                "__arm64_sys_read | {file_arg:{path:'/a b'}},{bytes_arg:'eA=='},{size_arg:3} | 📚 read    n b \"/a b\" 3 bytes",
                "fd_install | {int_arg:3},{file_arg:{path:'/a'}} | 📬 open    n b /a",
                "__x64_sys_openat | {int_arg:-100},{string_arg:'/a'} | 📬️ openat  n b /a",
                "__x64_sys_close | {file_arg:{path:'/a'}} | 📪 close   n b /a",
                "__x64_sys_mount | {string_arg:'/dev/x'},{string_arg:'/mnt'} | 💾 mount   n b /dev/x /mnt",
                "__x64_sys_pivot_root | {string_arg:'/a'},{string_arg:'/b'} | 💾 pivot_root n b /a /b",
                "__ia32_sys_setuid | {int_arg:0} | 🔑 setuid  n b 0",
                "__x64_sys_clock_settime | {int_arg:0} | ⏰ clock_settime n b",
                "proc_exec_connector | {int_arg:0} | 🔧 proc_exec_connector n b",
                "__x64_sys_setns | {int_arg:3},{int_arg:1073741824} | 🔧 setns   n b net",
                "__x64_sys_setns | {int_arg:3},{int_arg:0} | 🔧 setns   n b any",
                "tcp_connect | {sock_arg:{saddr:'1.2.3.4',sport:5,daddr:'::1',dport:65535}} | 🔌 connect n b tcp 1.2.3.4:5 -> ::1:65535",
                "tcp_close | {sock_arg:{saddr:'1.2.3.4',sport:5,daddr:'::1',dport:6}} | 🧹 close   n b tcp 1.2.3.4:5 -> ::1:6",
                "tcp_sendmsg | {sock_arg:{saddr:'1.2.3.4',sport:5,daddr:'::1',dport:6}},{int_arg:7} | 📤 sendmsg n b tcp 1.2.3.4:5 -> ::1:6 bytes 7",
                "bpf_check | {bpf_attr_arg:{ProgType:'BPF_PROG_TYPE_KPROBE',InsnCnt:9,ProgName:'x'}} | 🐝 bpf_load n b BPF_PROG_TYPE_KPROBE x instruction count 9",
                "security_perf_event_alloc | {perf_event_arg:{KprobeFunc:'f',Type:'PERF_TYPE_TRACEPOINT'}} | 🐝 perf_event_alloc n b PERF_TYPE_TRACEPOINT f",
                "security_bpf_map_alloc | {bpf_map_arg:{MapType:'BPF_MAP_TYPE_HASH',KeySize:4,ValueSize:8,MaxEntries:16,MapName:'m'}} | 🗺 bpf_map_create n b BPF_MAP_TYPE_HASH m key size 4 value size 8 max entries 16",
                "security_file_permission | {file_arg:{path:'/a'}},{int_arg:2} | 📝 write   n b /a",
                "security_file_permission | {file_arg:{path:'/a'}},{int_arg:4} | 📚 read    n b /a",
                "security_mmap_file | {file_arg:{path:'/a'}},{uint_arg:5} | 📝 mmap-rx n b /a",
                "security_path_truncate | {path_arg:{path:'/a'}} | 📝 truncate n b /a",
                "commit_creds | {int_arg:0} | ❓ syscall n b commit_creds",
            })
    void printsKernelFunctions(String function, String args, String line) throws Exception {
        assertEquals(line, print("{process_kprobe:{process:{binary:'b'},function_name:'" + function
                + "',args:[" + args + "]},node_name:'n'}"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{process_exec:{process:{binary:'/b',pod:{namespace:'ns',name:'p'},arguments:'-x'}},node_name:'n'}|🚀 process ns/p /b -x",
                "{process_exec:{process:{binary:'/b'}},node_name:'n'}|🚀 process n /b ",
                "{process_exec:{process:{binary:'/b\\u001b[2J',arguments:'a\\nb'}},node_name:'n'}|🚀 process n \"/b\\x1b[2J\" \"a\\nb\"",
                "{process_exit:{process:{binary:'/b'},status:3},node_name:'n'}|💥 exit    n /b  3",
                "{process_exit:{process:{binary:'/b'},signal:'SIGKILL'},node_name:'n'}|💥 exit    n /b  SIGKILL",
                "{process_loader:{process:{binary:'/b'},path:'/l',buildid:'AP8='},node_name:'n'}|🧬 loader  n /b 00ff /l",
                "{process_throttle:{type:'THROTTLE_START',cgroup:'c'},node_name:'n'}|🧬 throttle START c",
                "{process_throttle:{type:'THROTTLE_STOP',cgroup:'c'},node_name:'n'}|🧬 throttle STOP  c",
                "{process_tracepoint:{process:{binary:'/b'},subsys:'s',event:'e'},node_name:'n'}|⁉️ tracepoint n /b s e",
                "{process_tracepoint:{process:{binary:'/b'},subsys:'raw_syscalls',event:'sys_enter',args:[{syscall_id:{id:0,abi:'x64'}},{size_arg:3},{size_arg:255}]},node_name:'n'}|☎  syscall n /b read(unsigned int fd=3, char * buf=0xff, size_t count=?)",
                "{process_tracepoint:{process:{binary:'/b'},subsys:'raw_syscalls',event:'sys_enter',args:[{syscall_id:{id:39,abi:'x64'}}]},node_name:'n'}|☎  syscall n /b getpid()",
                "{process_tracepoint:{process:{binary:'/b'},subsys:'raw_syscalls',event:'sys_enter',args:[{syscall_id:{id:3,abi:'i386'}}]},node_name:'n'}|☎  syscall n /b i386/read(unknown)",
                "{process_uprobe:{process:{binary:'/b'},path:'/u',symbol:'f'},node_name:'n'}|🕵️ uprobe  n /b /u f",
                "{process_usdt:{process:{binary:'/b'},path:'/u',provider:'p',name:'x'},node_name:'n'}|🕵️ usdt    n /b /u p x",
                "{process_lsm:{process:{binary:'/b'},function_name:'file_open'},node_name:'n'}|🔒 LSM     n /b file_open",
                "{test:{arg0:1},node_name:'n'}|TEST EVENT",
            })
    void printsEveryOtherKindOfEvent(String event, String line) throws Exception {
        assertEquals(line, print(event));
    }

    @Test
    void printsTheDigestBelowAnLsmEvent() throws Exception {
        assertEquals(
                "🔒 LSM     n b bprm_check_security\n   /x sha256:00",
                print("{process_lsm:{process:{binary:'b'},function_name:'bprm_check_security',"
                        + "args:[{linux_binprm_arg:{path:'/x'}}],ima_hash:'sha256:00'},node_name:'n'}"));
    }

    @Test
    void printsStackTracesBelowTheLine() throws Exception {
        assertEquals(
                "❓ syscall n b f\nKernel:\n   0x10: k+0x2\nUser:\n   0x0: u (/lib/x+0x1f)",
                print("{process_kprobe:{process:{binary:'b'},function_name:'f',"
                        + "kernel_stack_trace:[{address:16,offset:2,symbol:'k'}],"
                        + "user_stack_trace:[{offset:31,symbol:'u',module:'/lib/x'}]},node_name:'n'}"));
    }

    @Test
    void endsTheLineOfAPrivilegedProcessAtTheSameColumnInColourAndWithout() throws Exception {
        GetEventsResponse.Builder event = event("{process_exec:{process:{binary:'b'}},node_name:'n'}");
        event
                .getProcessExecBuilder()
                .getProcessBuilder()
                .getCapBuilder()
                .addEffective(CapabilitiesType.CAP_SYS_ADMIN);
        String plain = print(event.build(), PLAIN);
        assertEquals("🚀 process n b " + " ".repeat(88) + " 🛑 CAP_SYS_ADMIN", plain);
        String coloured = print(event.build(), new CompactPrinter.Options(true, false, true, true));
        assertEquals(
                "\u001b[34m🚀 process\u001b[0m \u001b[32mn\u001b[0m \u001b[35mb\u001b[0m ",
                coloured.substring(0, coloured.indexOf("b\u001b[0m ") + 6));
        assertEquals(plain, coloured.replaceAll("\u001b\\[\\d+m", ""));
    }

    @Test
    void startsWithTheTimeIfAsked() throws Exception {
        GetEventsResponse.Builder event =
                event("{process_exec:{process:{binary:'b'}},node_name:'n',time:'2026-01-02T03:04:05.5Z'}");
        assertEquals(
                "2026-01-02T03:04:05.500000000Z 🚀 process n b ",
                print(event.build(), new CompactPrinter.Options(false, true, true, true)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{rate_limit_info:{number_of_dropped_process_events:1}} | an event of type rate_limit_info has no compact form: use -o json, or choose types with --event-types",
                "{node_name:'n'} | an event of type event_not_set has no compact form: use -o json, or choose types with --event-types",
                "{process_exec:{}} | an event without process has no compact form: use -o json, or keep the process field",
            })
    void refusesWhatHasNoCompactForm(String event, String message) {
        assertEquals(message, assertThrows(CliException.class, () -> print(event)).getMessage());
    }

    private static GetEventsResponse.Builder event(String json) throws Exception {
        GetEventsResponse.Builder event = GetEventsResponse.newBuilder();
        JsonFormat.parser().merge(json, event);
        return event;
    }

    private static String print(String json) throws Exception {
        return print(event(json).build(), PLAIN);
    }

    private static String print(GetEventsResponse event, CompactPrinter.Options options)
            throws CliException {
        StringBuilder out = new StringBuilder();
        new CompactPrinter(options).print(event, out);
        return out.substring(0, out.length() - 1);
    }
}
