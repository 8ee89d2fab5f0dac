// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Places;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Expected events of hooks, and their arguments as the export writes them. */
final class Hits {
    static final String SEEK = Places.trigger("seek");

    private static final String PREFIX = "__x64_sys_";

    private Hits() {}

    /** A hit of a kernel function, with exactly these arguments. */
    static ExpectedEvent function(String name, String... args) {
        return ExpectedEvent.of("process_kprobe").with("function_name", Check.is(name)).with("args", list(args));
    }

    /** A hit of a system call, of whatever attachment. */
    static ExpectedEvent syscall(String name, String... args) {
        return function(PREFIX + name, args);
    }

    /** The call of a seek trigger with this offset. */
    static ExpectedEvent seek(long offset) {
        return syscall("lseek", integer(-1), longInteger(offset), integer(4444));
    }

    /** The same, by the process of this program. */
    static ExpectedEvent seek(String binary, long offset) {
        return seek(offset).with("process.binary", Check.is(binary));
    }

    /** A hit of a tracepoint, with exactly these arguments. */
    static ExpectedEvent tracepoint(String subsystem, String event, String... args) {
        return ExpectedEvent.of("process_tracepoint")
                .with("subsys", Check.is(subsystem))
                .with("event", Check.is(event))
                .with("args", list(args));
    }

    /** A call of an LSM hook, with exactly these arguments. */
    static ExpectedEvent lsm(String hook, String... args) {
        return ExpectedEvent.of("process_lsm").with("function_name", Check.is(hook)).with("args", list(args));
    }

    /** With this action. */
    static ExpectedEvent action(ExpectedEvent hit, String action) {
        return hit.with("action", Check.is("KPROBE_ACTION_" + action));
    }

    /** With this return value. */
    static ExpectedEvent returning(ExpectedEvent hit, String value) {
        return hit.with("return", Check.json(value));
    }

    private static Check list(String... args) {
        return args.length == 0 ? Check.absent() : Check.json("[" + String.join(",", args) + "]");
    }

    static String integer(int value) {
        return "{'int_arg':" + value + "}";
    }

    static String unsigned(long value) {
        return "{'uint_arg':" + value + "}";
    }

    /** 64 bits, which JSON has as a text. */
    static String longInteger(long value) {
        return "{'long_arg':'" + value + "'}";
    }

    /** 64 bits without a sign. */
    static String size(long value) {
        return "{'size_arg':'" + Long.toUnsignedString(value) + "'}";
    }

    static String text(String value) {
        return "{'string_arg':'" + value + "'}";
    }

    static String file(String path, String permission) {
        return "{'file_arg':{'path':'" + path + "','permission':'" + permission + "'}}";
    }

    static String bytes(String value) {
        return "{'bytes_arg':'" + base64(value) + "'}";
    }

    /** The beginning of more bytes than an event takes. */
    static String truncated(String value, long original) {
        return "{'truncated_bytes_arg':{'bytes_arg':'" + base64(value) + "','orig_size':'" + original + "'}}";
    }

    /** What the triggers write: the alphabet over and over. */
    static String alphabet(int length) {
        String once = "abcdefghijklmnopqrstuvwxyz";
        return once.repeat(length / once.length() + 1).substring(0, length);
    }

    private static String base64(String value) {
        return Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.ISO_8859_1));
    }
}
