// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.function;
import static io.tetragon.it.policy.Hits.syscall;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** Arguments that are structures of the kernel: files, credentials, BPF objects, modules. */
final class KernelObjectRows {
    private static final String CHANGE = trigger("change-then-seek");
    private static final String BPF = trigger("bpf-calls");

    private KernelObjectRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(files(), credentials(), bpf(), modules()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> files() {
        String opened = scratch("object-file");
        String folder = scratch("object-folder");
        String program = scratch("object-program");
        return Stream.of(
                row(
                        SMOKE + "a new descriptor and its file",
                        Lane.KPROBE,
                        hook("fd_install", "- {index: 0, type: \"int\"}\n- {index: 1, type: \"file\"}",
                                "matchArgs:\n- {index: 1, operator: \"Equal\", values: [\"" + opened + "\"]}"),
                        Launch.of(trigger("open-paths"), "0101", opened),
                        any("fd_install")
                                .with("args.0.int_arg", Check.matches("\\d+"))
                                .with("args.1.file_arg.path", Check.is(opened))
                                .with("args.1.file_arg.permission", Check.is("-rw-------"))),
                row(
                        "the name of a file to be opened",
                        Lane.KPROBE,
                        hook("do_filp_open", "- {index: 1, type: \"filename\"}", by(trigger("open-paths"))),
                        Launch.of(trigger("open-paths"), "0", "/none/such"),
                        function("do_filp_open", Hits.text("/none/such"))),
                row(
                        "the entry of a folder",
                        Lane.KPROBE,
                        hook("security_inode_mkdir", "- {index: 1, type: \"dentry\"}", by("/usr/bin/mkdir")),
                        Launch.of("/usr/bin/mkdir", folder),
                        any("security_inode_mkdir")
                                .with("args.0.path_arg.path", Check.matches(".*/object-folder")))
                        .given(() -> Files.deleteIfExists(Path.of(folder))),
                row(
                        "a path",
                        Lane.KPROBE,
                        hook("security_inode_getattr", "- {index: 0, type: \"path\"}",
                                "matchArgs:\n- {index: 0, operator: \"Equal\", values: [\"" + opened + "\"]}"),
                        Launch.of("/usr/bin/stat", opened),
                        any("security_inode_getattr")
                                .with("args.0.path_arg.path", Check.is(opened))
                                .with("args.0.path_arg.permission", Check.is("-rw-------")))
                        .given(() -> {
                            Files.deleteIfExists(Path.of(opened));
                            Files.createFile(
                                    Path.of(opened),
                                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                        }),
                row(
                        "a program about to be executed",
                        Lane.KPROBE,
                        hook("security_bprm_check", "- {index: 0, type: \"linux_binprm\"}",
                                "matchArgs:\n- {index: 0, operator: \"Equal\", values: [\"" + program + "\"]}"),
                        Launch.of(trigger("vfork-exec"), program),
                        any("security_bprm_check")
                                .with("args.0.linux_binprm_arg.path", Check.is(program))
                                .with("args.0.linux_binprm_arg.permission", Check.matches("-rwx.*")))
                        .given(() -> {
                            Files.deleteIfExists(Path.of(program));
                            Files.copy(Path.of(trigger("true")), Path.of(program));
                        }));
    }

    private static Stream<PolicyScenario> credentials() {
        return Stream.of(
                row(
                        "credentials as they are about to be",
                        Lane.KPROBE,
                        hook("commit_creds", "- {index: 0, type: \"cred\"}", by(CHANGE)),
                        Launch.of(CHANGE, "nobody", "1"),
                        any("commit_creds")
                                .with("args.0.process_credentials_arg.egid", Check.is(65534))
                                .with("args.0.process_credentials_arg.euid", Check.is(0)),
                        any("commit_creds")
                                .with("args.0.process_credentials_arg.egid", Check.is(65534))
                                .with("args.0.process_credentials_arg.euid", Check.is(65534))),
                row(
                        "a capability that is asked for, and in which user namespace",
                        Lane.KPROBE,
                        hook("cap_capable",
                                "- {index: 2, type: \"int\"}\n- {index: 1, type: \"user_namespace\"}\n"
                                        + "- {index: 2, type: \"capability\"}",
                                by(CHANGE) + "\nmatchArgs:\n- {index: 2, operator: \"Equal\", values: [\"6\"]}"),
                        Launch.of(CHANGE, "nobody", "1"),
                        any("cap_capable")
                                .with("args.0.int_arg", Check.is(6))
                                .with("args.1.user_ns_arg.ns.is_host", Check.is(true))
                                .with("args.2.capability_arg.value", Check.is(6))
                                .with("args.2.capability_arg.name", Check.is("CAP_SETGID"))),
                row(
                        "sets of capabilities",
                        Lane.KPROBE,
                        hook("security_capset",
                                "- {index: 2, type: \"cap_effective\"}\n- {index: 3, type: \"cap_inheritable\"}\n"
                                        + "- {index: 4, type: \"cap_permitted\"}",
                                by(CHANGE)),
                        Launch.of(CHANGE, "drop", "1"),
                        any("security_capset")
                                .with("args.0.cap_effective_arg", Check.matches("[0-9a-f]{16}"))
                                .with("args.1.cap_inheritable_arg", Check.matches("[0-9a-f]{16}"))
                                .with("args.2.cap_permitted_arg", Check.matches("[0-9a-f]{16}"))));
    }

    private static Stream<PolicyScenario> bpf() {
        String mapHooks = """
                kprobes:
                - call: "security_bpf_map_create"
                  syscall: false
                  ignore: {callNotFound: true}
                  args:
                  - {index: 0, type: "bpf_map"}
                  selectors:
                  - %1$s
                - call: "security_bpf_map_alloc"
                  syscall: false
                  ignore: {callNotFound: true}
                  args:
                  - {index: 0, type: "bpf_map"}
                  selectors:
                  - %1$s
                """.formatted(by(BPF).indent(4).strip());
        return Stream.of(
                row(
                        "commands of bpf(2) by their names",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_bpf"
                          syscall: true
                          args:
                          - {index: 0, type: "bpf_cmd"}
                        """ + ("selectors:\n- " + by(BPF).indent(2).strip()).indent(2),
                        Launch.of(BPF),
                        syscall("bpf", "{'bpf_cmd_arg':'BPF_MAP_CREATE'}"),
                        syscall("bpf", "{'bpf_cmd_arg':'BPF_PROG_LOAD'}")),
                row(
                        "a BPF program to be checked",
                        Lane.KPROBE,
                        hook("bpf_check", "- {index: 1, type: \"bpf_attr\"}", by(BPF)),
                        Launch.of(BPF),
                        any("bpf_check")
                                .with("args.0.bpf_attr_arg.ProgType", Check.is("BPF_PROG_TYPE_SOCKET_FILTER"))
                                .with("args.0.bpf_attr_arg.InsnCnt", Check.is(2))
                                .with("args.0.bpf_attr_arg.ProgName", Check.is("trigger_prog"))),
                row(
                        "a BPF map to be made, by the one hook that this kernel has",
                        Lane.KPROBE,
                        mapHooks,
                        Launch.of(BPF),
                        ExpectedEvent.of("process_kprobe")
                                .with("function_name", Check.oneOf("security_bpf_map_create", "security_bpf_map_alloc"))
                                .with("args.0.bpf_map_arg.MapType", Check.is("BPF_MAP_TYPE_ARRAY"))
                                .with("args.0.bpf_map_arg.KeySize", Check.is(4))
                                .with("args.0.bpf_map_arg.ValueSize", Check.is(16))
                                .with("args.0.bpf_map_arg.MaxEntries", Check.is(3))
                                .with("args.0.bpf_map_arg.MapName", Check.is("trigger_map"))),
                row(
                        "a perf event",
                        Lane.KPROBE,
                        hook("security_perf_event_alloc", "- {index: 0, type: \"perf_event\"}", by(BPF)),
                        Launch.of(BPF),
                        any("security_perf_event_alloc")
                                .with("args.0.perf_event_arg.Type", Check.is("PERF_TYPE_SOFTWARE"))));
    }

    private static Stream<PolicyScenario> modules() {
        String file = scratch("no-module");
        return Stream.of(
                row(
                        "a file that the kernel reads as a module",
                        Lane.MODULES,
                        hook("security_kernel_read_file", "- {index: 0, type: \"file\"}\n- {index: 1, type: \"int\"}",
                                by(trigger("load-module"))),
                        Launch.of(trigger("load-module"), file),
                        any("security_kernel_read_file")
                                .with("args.0.file_arg.path", Check.is(file))
                                .with("args.1.int_arg", Check.is(2)))
                        .given(() -> Files.writeString(Path.of(file), "this is no module")));
    }

    private static ExpectedEvent any(String function) {
        return ExpectedEvent.of("process_kprobe").with("function_name", Check.is(function));
    }

    private static String by(String program) {
        return "matchBinaries:\n- {operator: \"In\", values: [\"" + program + "\"]}";
    }

    private static String hook(String function, String args, String selector) {
        return "kprobes:\n- call: \"" + function + "\"\n  syscall: false\n  args:\n" + args.indent(2)
                + "  selectors:\n  - " + selector.indent(4).strip() + "\n";
    }
}
