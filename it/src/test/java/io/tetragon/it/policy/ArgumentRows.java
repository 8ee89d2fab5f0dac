// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.alphabet;
import static io.tetragon.it.policy.Hits.bytes;
import static io.tetragon.it.policy.Hits.file;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.longInteger;
import static io.tetragon.it.policy.Hits.returning;
import static io.tetragon.it.policy.Hits.seek;
import static io.tetragon.it.policy.Hits.size;
import static io.tetragon.it.policy.Hits.syscall;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.Hits.truncated;
import static io.tetragon.it.policy.Hits.unsigned;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;
import static io.tetragon.it.policy.PolicyText.onSeek;
import static io.tetragon.it.policy.PolicyText.onlyTriggers;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** System calls' arguments and return values: numbers, texts, buffers, descriptors. */
final class ArgumentRows {
    private static final String FILE = scratch("argument-file");
    private static final String FILLED = scratch("argument-filled");
    /** What an event takes of a buffer, and what it takes with maxData. */
    private static final int BUFFER = 4096;
    private static final int MAX_DATA = 327_360;

    private ArgumentRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(numbers(), texts(), buffers(), copies(), vectors()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> numbers() {
        return Stream.of(
                row(
                        SMOKE + "numbers are reported with their width and sign",
                        Lane.NATIVE,
                        onSeek(onlyTriggers("")),
                        Launch.of(trigger("seek"), "-5", "9223372036854775807", "0"),
                        seek(-5),
                        seek(Long.MAX_VALUE),
                        seek(0)),
                row(
                        "one parameter is reported in every width that is asked for",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_lseek"
                          syscall: true
                          args:
                          - {index: 2, type: "uint32"}
                          - {index: 1, type: "uint16"}
                          - {index: 1, type: "uint8"}
                          - {index: 1, type: "int8"}
                          - {index: 1, type: "int16"}
                        """ + onlyTriggers("").indent(2),
                        Launch.of(trigger("seek"), "0x1ff80"),
                        syscall("lseek", unsigned(4444), unsigned(0xff80), unsigned(0x80), integer(-128), integer(-128))),
                row(
                        "64 bits without a sign are written as such",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_lseek"
                          syscall: true
                          args:
                          - {index: 2, type: "int"}
                          - {index: 1, type: "uint64"}
                          - {index: 1, type: "size_t"}
                          - {index: 1, type: "long"}
                        """ + onlyTriggers("").indent(2),
                        Launch.of(trigger("seek"), "-1"),
                        syscall("lseek", integer(4444), size(-1), size(-1), longInteger(-1))),
                row(
                        "an argument carries its label, and an event the message and tags of its hook",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_lseek"
                          syscall: true
                          message: "a seek"
                          tags: ["observability.test", "second"]
                          args:
                          - {index: 2, type: "int", label: "whence"}
                        """ + onlyTriggers("").indent(2),
                        Launch.of(trigger("seek"), "1"),
                        syscall("lseek", "{'int_arg':4444,'label':'whence'}")
                                .with("message", Check.is("a seek"))
                                .with("tags", Check.json("['observability.test','second']"))),
                row(
                        "an argument of type nop is filtered by and not reported",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_lseek"
                          syscall: true
                          args:
                          - {index: 0, type: "nop"}
                          - {index: 1, type: "int64"}
                          - {index: 2, type: "int"}
                        """ + onlyTriggers("").indent(2),
                        Launch.of(trigger("seek"), "1"),
                        syscall("lseek", longInteger(1), integer(4444))));
    }

    private static Stream<PolicyScenario> texts() {
        String missing = scratch("missing");
        return Stream.of(
                row(
                        SMOKE + "a text and what the call returned, an error here",
                        Lane.NATIVE,
                        openat("return: true\nreturnArg: {index: 0, type: \"int\"}\n"),
                        Launch.of(trigger("open-paths"), "0", missing),
                        returning(syscall("openat", integer(-100), text(missing), integer(0)), "{'int_arg':-2}")),
                row(
                        "an empty text is reported as one",
                        Lane.NATIVE,
                        openat(""),
                        Launch.of(trigger("open-paths"), "0", ""),
                        syscall("openat", integer(-100), text(""), integer(0))),
                row(
                        "a text of 4095 bytes arrives whole",
                        Lane.NATIVE,
                        openat(""),
                        Launch.of(trigger("open-paths"), "0", "y".repeat(4095)),
                        syscall("openat", integer(-100), text("y".repeat(4095)), integer(0))),
                row(
                        "a text that is no UTF-8 is made one",
                        Lane.NATIVE,
                        openat(""),
                        Launch.of("/bin/sh", "-c", "exec " + trigger("open-paths") + " 0 \"$(printf 'a\\377b')\""),
                        syscall("openat", integer(-100), text("a\ufffdb"), integer(0))),
                row(
                        "a descriptor is reported as the file it stands for",
                        Lane.NATIVE,
                        write("fd", ""),
                        Launch.of(trigger("write-to"), FILE, "3"),
                        syscall("write", file(FILE, "-rw-------"), bytes("abc"), size(3))));
    }

    private static Stream<PolicyScenario> buffers() {
        return Stream.of(
                row(
                        "a buffer is reported with as many bytes as another argument says",
                        Lane.NATIVE,
                        write("int", ""),
                        Launch.of(trigger("write-to"), FILE, "5", "0", "1"),
                        syscall("write", integer(77), bytes("abcde"), size(5)),
                        syscall("write", integer(77), "{'bytes_arg':''}", size(0)),
                        syscall("write", integer(77), bytes("a"), size(1))),
                row(
                        "a buffer of 4096 bytes arrives whole, of a longer one the beginning and the size",
                        Lane.NATIVE,
                        write("int", ""),
                        Launch.of(trigger("write-to"), FILE, "4096", "4097"),
                        syscall("write", integer(77), bytes(alphabet(BUFFER)), size(BUFFER)),
                        syscall("write", integer(77), truncated(alphabet(BUFFER), BUFFER + 1), size(BUFFER + 1))),
                row(
                        "with maxData a buffer of 327360 bytes arrives whole, a longer one is cut there",
                        Lane.NATIVE,
                        write("int", "maxData: true"),
                        Launch.of(trigger("write-to"), FILE, "40000", "327360", "400000"),
                        syscall("write", integer(77), bytes(alphabet(40_000)), size(40_000)),
                        syscall("write", integer(77), bytes(alphabet(MAX_DATA)), size(MAX_DATA)),
                        syscall("write", integer(77), truncated(alphabet(MAX_DATA), 400_000), size(400_000))));
    }

    private static Stream<PolicyScenario> copies() {
        return Stream.of(
                row(
                        SMOKE + "with returnCopy a buffer is reported as the call left it",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_read"
                          syscall: true
                          return: true
                          returnArg: {index: 0, type: "int"}
                          args:
                          - {index: 0, type: "int"}
                          - {index: 1, type: "char_buf", returnCopy: true, sizeArgIndex: 3}
                          - {index: 2, type: "size_t"}
                        """ + by("read-from").indent(2),
                        Launch.of(trigger("read-from"), FILLED, "5", "2"),
                        returning(syscall("read", integer(77), bytes("hello"), size(5)), "{'int_arg':5}"),
                        returning(syscall("read", integer(77), bytes(" w"), size(2)), "{'int_arg':2}"))
                        .given(() -> Files.writeString(Path.of(FILLED), "hello world")),
                row(
                        "calls of many threads get their own return values",
                        Lane.NATIVE,
                        onSeek("return: true\nreturnArg: {index: 0, type: \"int\"}\n" + onlyTriggers("")),
                        Launch.of(trigger("seek-threads"), "1", "2", "1", "3"),
                        returning(seek(3), "{'int_arg':-9}"),
                        returning(seek(3), "{'int_arg':-9}")));
    }

    private static Stream<PolicyScenario> vectors() {
        return Stream.of(
                row(
                        "the buffers of a vector are reported as one",
                        Lane.NATIVE,
                        vector("writev", ""),
                        Launch.of(trigger("vector-io"), "write", FILE, "3", "0", "2"),
                        syscall("writev", integer(77), bytes("aaacc"), integer(3))),
                row(
                        "of a vector with more than 4096 bytes the beginning is reported, and the size",
                        Lane.NATIVE,
                        vector("writev", ""),
                        Launch.of(trigger("vector-io"), "write", FILE, "4000", "200"),
                        syscall("writev", integer(77), truncated("a".repeat(4000) + "b".repeat(96), 4200), integer(2))),
                row(
                        "a vector that is read into is reported with what came",
                        Lane.NATIVE,
                        vector("readv", ", returnCopy: true"),
                        Launch.of(trigger("vector-io"), "read", FILE, "3", "2"),
                        returning(syscall("readv", integer(77), bytes("aaabb"), integer(2)), "{'int_arg':5}")));
    }

    private static String openat(String more) {
        return """
                kprobes:
                - call: "sys_openat"
                  syscall: true
                  args:
                  - {index: 0, type: "int"}
                  - {index: 1, type: "string"}
                  - {index: 2, type: "int"}
                """ + more.indent(2) + by("open-paths").indent(2);
    }

    private static String write(String descriptor, String more) {
        return """
                kprobes:
                - call: "sys_write"
                  syscall: true
                  args:
                  - {index: 0, type: "%s"}
                  - {index: 1, type: "char_buf", sizeArgIndex: 3%s}
                  - {index: 2, type: "size_t"}
                """.formatted(descriptor, more.isEmpty() ? "" : ", " + more) + by("write-to").indent(2);
    }

    private static String vector(String call, String more) {
        return """
                kprobes:
                - call: "sys_%s"
                  syscall: true
                  return: true
                  returnArg: {index: 0, type: "int"}
                  args:
                  - {index: 0, type: "int"}
                  - {index: 1, type: "char_iovec", sizeArgIndex: 3%s}
                  - {index: 2, type: "int"}
                """.formatted(call, more) + by("vector-io").indent(2);
    }

    private static String by(String program) {
        return "selectors:\n- " + PolicyText.binaries("In", trigger(program)).indent(2).strip() + "\n";
    }
}
