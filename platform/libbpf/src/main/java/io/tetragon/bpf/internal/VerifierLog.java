// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import java.util.List;
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

    /** @return the last thing libbpf itself said, without its prefix, empty when it said nothing */
    static String lastMessage(String printed) {
        int begin = printed.lastIndexOf(BEGIN);
        String outside = begin < 0 ? printed : printed.substring(0, printed.lastIndexOf('\n', begin) + 1);
        List<String> lines = outside.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        if (lines.isEmpty()) {
            return "";
        }
        String last = lines.get(lines.size() - 1);
        return last.startsWith("libbpf: ") ? last.substring("libbpf: ".length()) : last;
    }
}
