// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds, in what libbpf printed while a load failed, the verifier's log and the line that says why. */
final class VerifierLog {
    private static final String BEGIN = "-- BEGIN PROG LOAD LOG --";
    private static final String END = "-- END PROG LOAD LOG --";
    /** What the verifier prints after its complaint, and what it prints of the program itself. */
    private static final Pattern NOISE = Pattern.compile("processed \\d+ insns.*|verification time.*|stack depth.*"
            + "|max_states.*|peak_states.*|;.*|\\d+: .*|from \\d+ to \\d+.*|mark_precise.*|last_idx.*|regs=.*"
            + "|parent .*|func#\\d+ .*|insn \\d+.*|R\\d+(_\\w+)?=.*|caller:.*|callee:.*|Live regs.*|arg#\\d+ reference type.*"
            + "|Validating .*|Func#\\d+ .*|.*: safe");

    /** What libbpf adds after the cause; its advice on locked memory is wrong since Linux 5.11. */
    private static final Pattern SUMMARY = Pattern.compile("(libbpf: )?(failed to load object .*"
            + "|prog '.*': failed to load: -?\\d+|permission error while running as root.*)");
    private static final Pattern PROGRAM = Pattern.compile("prog '([^']+)': " + BEGIN);

    private VerifierLog() {
    }

    /** @return the log of the program that failed, empty when there is none */
    static String of(String printed) {
        int begin = printed.lastIndexOf(BEGIN);
        if (begin < 0) {
            return "";
        }
        int end = printed.indexOf(END, begin);
        return printed.substring(begin + BEGIN.length(), end < 0 ? printed.length() : end).strip();
    }

    /** @return the last line of a log that is a complaint, empty when there is none */
    static String complaint(String log) {
        List<String> lines = log.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (!NOISE.matcher(lines.get(i)).matches()) {
                return lines.get(i);
            }
        }
        return "";
    }

    /** @return the last thing libbpf itself said that names a cause, without its prefix, else an empty string */
    static String lastMessage(String printed) {
        List<String> lines = printed.lines().map(String::strip)
                .filter(line -> !line.isEmpty() && !SUMMARY.matcher(line).matches())
                .toList();
        if (lines.isEmpty()) {
            return "";
        }
        String last = lines.get(lines.size() - 1);
        return last.startsWith("libbpf: ") ? last.substring("libbpf: ".length()) : last;
    }

    /** @return the program a log is of, in the form "program x: ", empty when it does not say */
    static String program(String printed) {
        Matcher matcher = PROGRAM.matcher(printed);
        return matcher.find() ? "program " + matcher.group(1) + ": " : "";
    }
}
