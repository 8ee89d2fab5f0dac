// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.returning;
import static io.tetragon.it.policy.Hits.seek;
import static io.tetragon.it.policy.Hits.size;
import static io.tetragon.it.policy.Hits.syscall;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;
import static io.tetragon.it.policy.PolicyText.filter;
import static io.tetragon.it.policy.PolicyText.offset;
import static io.tetragon.it.policy.PolicyText.onSeek;
import static io.tetragon.it.policy.PolicyText.onlyTriggers;

import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Operators on numbers: which of the calls with the offsets in {@link #TRIED} are reported. */
final class NumberFilterRows {
    private static final List<String> TRIED = List.of("-7", "0", "5", "6", "7", "16", "100");

    private NumberFilterRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(operators(), spellings(), combinations(), returns()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> operators() {
        return Stream.of(
                filtered(SMOKE + "Equal takes any of its values", "Equal", List.of("5", "-7"), -7, 5),
                filtered("Equal takes more values than a program has room for", "Equal", countTo(400), 5, 6, 7, 16, 100),
                filtered("NotEqual leaves all of its values out", "NotEqual", List.of("5", "-7"), 0, 6, 7, 16, 100),
                filtered("GT is signed", "GT", List.of("-1"), 0, 5, 6, 7, 16, 100),
                filtered("GT leaves the value itself out", "GT", List.of("7"), 16, 100),
                filtered("GreaterThan is GT", "GreaterThan", List.of("16"), 100),
                filtered("LT is signed", "LT", List.of("5"), -7, 0),
                filtered("Mask takes what has any of the bits", "Mask", List.of("0x12"), -7, 6, 7, 16),
                filtered(SMOKE + "InRange includes both ends", "InRange", List.of("5:7", "90:100"), 5, 6, 7, 100),
                filtered("InRange has negative ends", "InRange", List.of("-10:0"), -7, 0),
                filtered("NotInRange leaves every range out", "NotInRange", List.of("5:7", "90:100"), -7, 0, 16),
                filtered("InMap takes values and ranges", "InMap", List.of("0", "6:20"), 0, 6, 7, 16),
                filtered("NotInMap leaves them out", "NotInMap", List.of("0", "6:20"), -7, 5, 100),
                row(
                        "64 bits without a sign are compared as such",
                        Lane.NATIVE,
                        """
                        kprobes:
                        - call: "sys_lseek"
                          syscall: true
                          args:
                          - {index: 1, type: "uint64"}
                          - {index: 2, type: "int"}
                        """ + onlyTriggers(offset("GT", "9223372036854775807")).indent(2),
                        Launch.of(trigger("seek"), "-1", "1"),
                        syscall("lseek", size(-1), integer(4444))),
                row(
                        "an expression is over all arguments",
                        Lane.NATIVE,
                        onSeek("""
                                selectors:
                                - matchArgs:
                                  - operator: "CelExpr"
                                    args: [1, 2]
                                    values: ["arg1 == int32(4444) && (arg0 > 5 && arg0 != 7 || arg0 < -6)"]
                                """),
                        tried(),
                        hits(-7, 6, 16, 100)));
    }

    private static Stream<PolicyScenario> spellings() {
        return Stream.of(
                filtered("hexadecimal and octal values are the same numbers", "Equal", List.of("0x10", "07"), 7, 16),
                filtered("hexadecimal ranges are ranges", "InRange", List.of("0x5:0x7"), 5, 6, 7),
                row(
                        "the ends of 64 bits are values like others",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(offset("Equal", "-9223372036854775808", "9223372036854775807"))),
                        Launch.of(trigger("seek"), "-9223372036854775808", "9223372036854775807", "-1"),
                        seek(Long.MIN_VALUE),
                        seek(Long.MAX_VALUE)));
    }

    private static Stream<PolicyScenario> combinations() {
        String even = """
                selectors:
                - matchArgs:
                  - index: 2
                    operator: "Equal"
                    values: ["4444"]
                  - index: 1
                    operator: "Equal"
                    values: ["6", "16"]
                  matchActions:
                  - action: "NoPost"
                - matchArgs:
                  - index: 2
                    operator: "Equal"
                    values: ["4444"]
                  - index: 1
                    operator: "InRange"
                    values: ["5:20"]
                """;
        return Stream.of(
                row(
                        "filters of one selector hold together",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(offset("GT", "0") + offset("LT", "10"))),
                        tried(),
                        hits(5, 6, 7)),
                row(
                        "of several selectors the first that holds decides",
                        Lane.NATIVE,
                        onSeek(even),
                        tried(),
                        hits(5, 7)),
                row(
                        "more than five selectors with more than four values are taken",
                        Lane.NATIVE,
                        onSeek("selectors:\n" + selectors(0, 5, 6, 7, 16, 100)),
                        tried(),
                        hits(0, 5, 6, 7, 16, 100)),
                row(
                        "two policies on one call report it both",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(offset("Equal", "5"))),
                        tried(),
                        seek(5),
                        seek(5),
                        seek(7))
                        .and(onSeek(onlyTriggers(offset("Equal", "5", "7")))));
    }

    private static Stream<PolicyScenario> returns() {
        String returned = "return: true\nreturnArg: {index: 0, type: \"int\"}\n";
        return Stream.of(
                row(
                        "an event needs the return value that its selector asks for",
                        Lane.NATIVE,
                        onSeek(returned + onlyTriggers("matchReturnArgs:\n" + filter(0, "Equal", "-9"))),
                        Launch.of(trigger("seek"), "1"),
                        action(returning(seek(1), "{'int_arg':-9}"), "POST")),
                row(
                        "with another return value there is no event",
                        Lane.NATIVE,
                        onSeek(returned + onlyTriggers("matchReturnArgs:\n" + filter(0, "Equal", "0"))),
                        Launch.of(trigger("seek"), "1")));
    }

    private static PolicyScenario filtered(String name, String operator, List<String> values, long... hits) {
        String spec = onSeek(onlyTriggers(offset(operator, values.toArray(String[]::new))));
        return row(name, Lane.NATIVE, spec, tried(), hits(hits));
    }

    private static Launch tried() {
        String[] command = Stream.concat(Stream.of(trigger("seek")), TRIED.stream()).toArray(String[]::new);
        return Launch.of(command);
    }

    private static ExpectedEvent[] hits(long... offsets) {
        return LongStream.of(offsets).mapToObj(Hits::seek).toArray(ExpectedEvent[]::new);
    }

    private static List<String> countTo(int last) {
        return LongStream.rangeClosed(1, last).mapToObj(Long::toString).toList();
    }

    /** One selector for each of the values, among values that nobody uses. */
    private static String selectors(long... values) {
        StringBuilder text = new StringBuilder();
        for (long value : values) {
            text.append("- matchArgs:\n")
                    .append(filter(2, "Equal", "4444").indent(2))
                    .append(filter(1, "Equal", "1001", "1002", "1003", "1004", Long.toString(value)).indent(2));
        }
        return text.toString();
    }
}
