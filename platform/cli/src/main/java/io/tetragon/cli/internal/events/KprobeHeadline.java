// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import io.tetragon.proto.KprobeArgument;
import io.tetragon.proto.KprobeBpfAttr;
import io.tetragon.proto.KprobeBpfMap;
import io.tetragon.proto.KprobeBpfProg;
import io.tetragon.proto.KprobePerfEvent;
import io.tetragon.proto.KprobeSock;
import io.tetragon.proto.ProcessKprobe;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Well-known kernel functions and how they read in a compact line. */
final class KprobeHeadline {
    private static final Pattern SYSCALL = Pattern.compile("__[a-z0-9]+_(?:compat_)?(sys_\\w+)");
    private static final int MAY_WRITE = 2;
    private static final int MAY_READ = 4;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;

    private KprobeHeadline() {}

    static Headline of(ProcessKprobe event) {
        List<KprobeArgument> args = event.getArgsList();
        String function = withoutArchitecture(event.getFunctionName());
        return switch (function) {
            case "sys_write" -> size(file(Headline.of("📝", "write"), args, 0), args, 2);
            case "sys_read" -> size(file(Headline.of("📚", "read"), args, 0), args, 2);
            case "fd_install" -> file(Headline.of("📬", "open"), args, 1);
            case "sys_openat" -> string(Headline.of("📬️", "openat"), args, 1);
            case "sys_open" -> string(Headline.of("📬️", "open"), args, 0);
            case "sys_close" -> file(Headline.of("📪", "close"), args, 0);
            case "sys_mount", "sys_pivot_root" -> {
                Headline line = Headline.of("💾", function.substring("sys_".length()));
                yield string(string(line, args, 0), args, 1);
            }
            case "sys_setuid" -> setuid(args);
            case "sys_clock_settime" -> Headline.of("⏰", "clock_settime");
            case "proc_exec_connector" -> Headline.of("🔧", "proc_exec_connector");
            case "sys_setns" ->
                    Headline.of("🔧", "setns").plain(args.size() > 1 ? namespace(number(args.get(1))) : "");
            case "tcp_connect" -> socket(Headline.of("🔌", "connect"), args);
            case "tcp_close" -> socket(Headline.of("🧹", "close"), args);
            case "tcp_sendmsg" -> sendmsg(args);
            case "bpf_check" -> bpfLoad(args);
            case "security_perf_event_alloc" -> perfEvent(args);
            case "security_bpf_map_alloc", "security_bpf_map_create" -> bpfMap(args);
            case "security_file_permission" -> filePermission(args);
            case "security_mmap_file" ->
                    file(Headline.of("📝", "mmap-" + protection(args)), args, 0);
            case "security_path_truncate", "security_file_truncate" ->
                    file(Headline.of("📝", "truncate"), args, 0);
            default -> Headline.of("❓", "syscall").arg(event.getFunctionName());
        };
    }

    private static String withoutArchitecture(String function) {
        Matcher syscall = SYSCALL.matcher(function);
        return syscall.matches() ? syscall.group(1) : function;
    }

    private static Headline setuid(List<KprobeArgument> args) {
        Headline line = Headline.of("🔑", "setuid");
        return args.isEmpty() ? line : line.plain(Long.toString(number(args.get(0))));
    }

    private static Headline sendmsg(List<KprobeArgument> args) {
        Headline line = socket(Headline.of("📤", "sendmsg"), args);
        return args.size() > 1
                ? line.plain("bytes " + Long.toUnsignedString(number(args.get(1))))
                : line;
    }

    private static Headline socket(Headline line, List<KprobeArgument> args) {
        if (args.isEmpty() || !args.get(0).hasSockArg()) {
            return line;
        }
        KprobeSock sock = args.get(0).getSockArg();
        return line.plain("tcp")
                .arg(sock.getSaddr() + ":" + Integer.toUnsignedString(sock.getSport()))
                .plain("->")
                .arg(sock.getDaddr() + ":" + Integer.toUnsignedString(sock.getDport()));
    }

    private static Headline bpfLoad(List<KprobeArgument> args) {
        Headline line = Headline.of("🐝", "bpf_load");
        if (args.isEmpty()) {
            return line;
        }
        if (args.get(0).hasBpfProgArg()) {
            KprobeBpfProg prog = args.get(0).getBpfProgArg();
            return program(line, prog.getProgType(), prog.getProgName(), prog.getInsnCnt());
        }
        KprobeBpfAttr attr = args.get(0).getBpfAttrArg();
        return program(line, attr.getProgType(), attr.getProgName(), attr.getInsnCnt());
    }

    private static Headline program(Headline line, String type, String name, int instructions) {
        return line.arg(type)
                .arg(name)
                .plain("instruction count " + Integer.toUnsignedString(instructions));
    }

    private static Headline perfEvent(List<KprobeArgument> args) {
        Headline line = Headline.of("🐝", "perf_event_alloc");
        if (args.isEmpty()) {
            return line;
        }
        KprobePerfEvent event = args.get(0).getPerfEventArg();
        return line.arg(event.getType()).arg(event.getKprobeFunc());
    }

    private static Headline bpfMap(List<KprobeArgument> args) {
        Headline line = Headline.of("🗺", "bpf_map_create");
        if (args.isEmpty()) {
            return line;
        }
        KprobeBpfMap map = args.get(0).getBpfMapArg();
        return line.arg(map.getMapType())
                .arg(map.getMapName())
                .plain("key size " + Integer.toUnsignedString(map.getKeySize()))
                .plain("value size " + Integer.toUnsignedString(map.getValueSize()))
                .plain("max entries " + Integer.toUnsignedString(map.getMaxEntries()));
    }

    private static Headline filePermission(List<KprobeArgument> args) {
        long mask = args.size() > 1 ? number(args.get(1)) : 0;
        if (mask == MAY_WRITE) {
            return file(Headline.of("📝", "write"), args, 0);
        }
        if (mask == MAY_READ) {
            return file(Headline.of("📚", "read"), args, 0);
        }
        return file(Headline.of("❓", "security_file_permission"), args, 0);
    }

    private static String protection(List<KprobeArgument> args) {
        long bits = args.size() > 1 ? number(args.get(1)) : 0;
        return ((bits & PROT_READ) != 0 ? "r" : "")
                + ((bits & PROT_WRITE) != 0 ? "w" : "")
                + ((bits & PROT_EXEC) != 0 ? "x" : "");
    }

    // CLONE_NEW* of the kernel's sched.h; setns accepts 0 for whatever the descriptor is.
    private static String namespace(long flag) {
        return switch ((int) flag) {
            case 0 -> "any";
            case 0x00000080 -> "time";
            case 0x00020000 -> "mnt";
            case 0x02000000 -> "cgroup";
            case 0x04000000 -> "uts";
            case 0x08000000 -> "ipc";
            case 0x10000000 -> "user";
            case 0x20000000 -> "pid";
            case 0x40000000 -> "net";
            default -> "unknown";
        };
    }

    private static Headline file(Headline line, List<KprobeArgument> args, int index) {
        if (args.size() <= index) {
            return line;
        }
        KprobeArgument arg = args.get(index);
        return switch (arg.getArgCase()) {
            case FILE_ARG -> line.arg(arg.getFileArg().getPath());
            case PATH_ARG -> line.arg(arg.getPathArg().getPath());
            case STRING_ARG -> line.arg(arg.getStringArg());
            default -> line;
        };
    }

    private static Headline string(Headline line, List<KprobeArgument> args, int index) {
        return args.size() > index ? line.arg(args.get(index).getStringArg()) : line;
    }

    private static Headline size(Headline line, List<KprobeArgument> args, int index) {
        return args.size() > index
                ? line.plain(Long.toUnsignedString(number(args.get(index))) + " bytes")
                : line;
    }

    private static long number(KprobeArgument arg) {
        return switch (arg.getArgCase()) {
            case INT_ARG -> arg.getIntArg();
            case UINT_ARG -> Integer.toUnsignedLong(arg.getUintArg());
            case LONG_ARG -> arg.getLongArg();
            case SIZE_ARG -> arg.getSizeArg();
            default -> 0;
        };
    }
}
