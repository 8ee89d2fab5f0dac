// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.file;
import static io.tetragon.it.policy.Hits.function;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.syscall;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Operators on texts: which of the paths that a trigger opens are reported. Paths of files too. */
final class TextFilterRows {
    private static final List<String> TRIED =
            List.of("/etc/one", "/etc/two", "/etc/", "etc/one", "/var/etc/one", "/ETC/One", "/etc/one.d");

    /** Where one way to keep a text gives way to another, with upstream or here. */
    private static final List<Integer> LENGTHS =
            List.of(1, 24, 25, 48, 49, 73, 97, 121, 127, 145, 252, 253, 254, 255, 256, 258, 511, 512, 514, 1026, 2050, 4095);

    private TextFilterRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(operators(), lengths(), paths(), types()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> operators() {
        return Stream.of(
                filtered(SMOKE + "Equal takes the whole text", "Equal", List.of("/etc/one", "/etc/"), "/etc/one", "/etc/"),
                filtered("NotEqual leaves all of its texts out", "NotEqual",
                        List.of("/etc/one", "/etc/", "etc/one", "/ETC/One"), "/etc/two", "/var/etc/one", "/etc/one.d"),
                filtered(SMOKE + "Prefix takes what begins so", "Prefix", List.of("/etc/o", "/var"),
                        "/etc/one", "/var/etc/one", "/etc/one.d"),
                filtered("NotPrefix leaves it out", "NotPrefix", List.of("/etc/o", "/var"),
                        "/etc/two", "/etc/", "etc/one", "/ETC/One"),
                filtered("Postfix takes what ends so", "Postfix", List.of("c/one", ".d"),
                        "/etc/one", "etc/one", "/var/etc/one", "/etc/one.d"),
                filtered("NotPostfix leaves it out", "NotPostfix", List.of("c/one", ".d"),
                        "/etc/two", "/etc/", "/ETC/One"),
                filtered("SubString takes what has it anywhere", "SubString", List.of("etc/o", "two"),
                        "/etc/one", "/etc/two", "etc/one", "/var/etc/one", "/etc/one.d"),
                filtered("SubStringIgnCase does not care for case", "SubStringIgnCase", List.of("ETC/ONE"),
                        "/etc/one", "etc/one", "/var/etc/one", "/ETC/One", "/etc/one.d"));
    }

    private static Stream<PolicyScenario> lengths() {
        List<String> wanted = LENGTHS.stream().map("x"::repeat).toList();
        List<String> tried = new ArrayList<>();
        for (int length : LENGTHS) {
            for (int near : new int[] {length - 1, length, length + 1}) {
                String text = "x".repeat(near);
                if (near > 0 && near < 4096 && !tried.contains(text)) {
                    tried.add(text);
                }
            }
        }
        String[] found = wanted.stream().sorted(Comparator.comparingInt(tried::indexOf)).toArray(String[]::new);
        String prefix = "p".repeat(256);
        String postfix = "q".repeat(127);
        return Stream.of(
                row(
                        "Equal is exact for texts of every length",
                        Lane.NATIVE,
                        openat("Equal", wanted),
                        opening(tried),
                        hits(found)),
                row(
                        "a prefix of 256 bytes is compared whole",
                        Lane.NATIVE,
                        openat("Prefix", List.of(prefix)),
                        opening(List.of(prefix + "x", prefix.substring(1) + "x", prefix)),
                        hits(prefix + "x", prefix)),
                row(
                        "a postfix of 127 bytes is compared whole, in long texts too",
                        Lane.NATIVE,
                        openat("Postfix", List.of(postfix)),
                        opening(List.of("x" + postfix, "x" + postfix.substring(1), postfix, "x".repeat(3000) + postfix)),
                        hits("x" + postfix, postfix, "x".repeat(3000) + postfix)));
    }

    private static Stream<PolicyScenario> paths() {
        String folder = scratch("text-mount");
        String path = folder + "/in-the-mount";
        Launch inMount = Launch.of(trigger("mount-write"), folder, "in-the-mount");
        String elsewhere = scratch("text-elsewhere");
        return Stream.of(
                row(
                        SMOKE + "a descriptor's path is whole across mounts: Equal",
                        Lane.NATIVE,
                        onWrite("Equal", path),
                        inMount,
                        syscall("write", file(path, "-rw-------")))
                        .given(() -> Files.createDirectories(Path.of(folder))),
                row(
                        "a descriptor's path is whole across mounts: Prefix",
                        Lane.NATIVE,
                        onWrite("Prefix", folder + "/"),
                        inMount,
                        syscall("write", file(path, "-rw-------")))
                        .given(() -> Files.createDirectories(Path.of(folder))),
                row(
                        "a descriptor's path is whole across mounts: Postfix",
                        Lane.NATIVE,
                        onWrite("Postfix", "/in-the-mount"),
                        inMount,
                        syscall("write", file(path, "-rw-------")))
                        .given(() -> Files.createDirectories(Path.of(folder))),
                row(
                        "another path is not reported",
                        Lane.NATIVE,
                        onWrite("Equal", path),
                        Launch.of(trigger("write-to"), elsewhere, "1")),
                row(
                        SMOKE + "a file's path is compared in the kernel's own functions",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "security_file_permission"
                          syscall: false
                          args:
                          - {index: 0, type: "file"}
                          - {index: 1, type: "int"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "Equal", values: ["%s"]}
                            - {index: 1, operator: "Equal", values: ["2"]}
                        """.formatted(elsewhere),
                        Launch.of(trigger("write-to"), elsewhere, "1"),
                        function("security_file_permission", file(elsewhere, "-rw-------"), integer(2))));
    }

    private static Stream<PolicyScenario> types() {
        String folder = scratch("text-types");
        return Stream.of(
                        fileTypes("FileType takes FIFOs and sockets", "FileType", List.of("fifo", "sock"), folder,
                                "fifo", "socket"),
                        fileTypes("FileType takes character devices", "FileType", List.of("chr"), folder, "/dev/zero"),
                        fileTypes("NotFileType leaves regular files out", "NotFileType", List.of("reg"), folder,
                                "fifo", "/dev/zero", "socket"))
                .map(row -> row.given(() -> {
                    Files.createDirectories(Path.of(folder));
                    Files.deleteIfExists(Path.of(folder, "fifo"));
                }));
    }

    private static PolicyScenario fileTypes(
            String name, String operator, List<String> types, String folder, String... read) {
        ExpectedEvent[] hits = Stream.of(read)
                .map(what -> ExpectedEvent.of("process_kprobe")
                        .with("args.0.file_arg.path", switch (what) {
                            case "socket" -> Check.matches("(/|.*socket:.*)");
                            case "/dev/zero" -> Check.is(what);
                            default -> Check.is(folder + "/" + what);
                        })
                        .with("args.1.int_arg", Check.is(4)))
                .toArray(ExpectedEvent[]::new);
        return row(
                name,
                Lane.KPROBE,
                """
                kprobes:
                - call: "security_file_permission"
                  syscall: false
                  args:
                  - {index: 0, type: "file"}
                  - {index: 1, type: "int"}
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchArgs:
                    - {index: 0, operator: "%s", values: ["%s"]}
                    - {index: 1, operator: "Equal", values: ["4"]}
                """.formatted(trigger("read-types"), operator, String.join("\", \"", types)),
                Launch.of(trigger("read-types"), folder),
                hits);
    }

    private static PolicyScenario filtered(String name, String operator, List<String> values, String... found) {
        return row(name, Lane.NATIVE, openat(operator, values), opening(TRIED), hits(found));
    }

    private static String openat(String operator, List<String> values) {
        return """
                kprobes:
                - call: "sys_openat"
                  syscall: true
                  args:
                  - {index: 0, type: "int"}
                  - {index: 1, type: "string"}
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchArgs:
                    - {index: 1, operator: "%s", values: ["%s"]}
                """.formatted(trigger("open-paths"), operator, String.join("\", \"", values));
    }

    private static String onWrite(String operator, String value) {
        return """
                kprobes:
                - call: "sys_write"
                  syscall: true
                  args:
                  - {index: 0, type: "fd"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "%s", values: ["%s"]}
                """.formatted(operator, value);
    }

    private static Launch opening(List<String> paths) {
        return Launch.of(Stream.concat(Stream.of(trigger("open-paths"), "0"), paths.stream()).toArray(String[]::new));
    }

    private static ExpectedEvent[] hits(String... paths) {
        return IntStream.range(0, paths.length)
                .mapToObj(i -> syscall("openat", integer(-100), text(paths[i])))
                .toArray(ExpectedEvent[]::new);
    }
}
