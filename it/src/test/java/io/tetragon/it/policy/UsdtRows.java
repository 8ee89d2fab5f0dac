// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.bytes;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.longInteger;
import static io.tetragon.it.policy.Hits.size;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.Hits.unsigned;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Static probes of programs, with arguments wherever a compiler leaves them. */
final class UsdtRows {
    private static final String PROGRAM = trigger("usdt-operands");

    private UsdtRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(operands(), places(), filters(), actions()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> operands() {
        return Stream.of(
                row(
                        "a probe is reported without arguments, too",
                        Lane.NATIVE,
                        usdt("constant", "message: \"passed\"\n", "tags: [ \"first\", \"second\" ]\n"),
                        launch("constant"),
                        hit("constant")
                                .with("message", Check.is("passed"))
                                .with("tags", Check.json("['first','second']"))),
                row(
                        SMOKE + "constants are as wide as the program says",
                        Lane.NATIVE,
                        usdt("constant", args("int32", "int64", "uint8", "int8")),
                        launch("constant"),
                        hit("constant", integer(5), longInteger(-3), unsigned(255), integer(-1))),
                row(
                        SMOKE + "types that the policy leaves out are those of the operands",
                        Lane.NATIVE,
                        usdt("constant", args("auto", "auto", "auto", "auto")),
                        launch("constant"),
                        hit("constant", integer(5), longInteger(-3), unsigned(255), integer(-1))),
                row(
                        SMOKE + "registers are read by the part that is meant",
                        Lane.NATIVE,
                        usdt("register", args("auto", "auto", "auto", "auto", "auto")),
                        launch("register"),
                        hit("register", longInteger(-2), integer(-2), integer(-2), integer(-2), unsigned(200))),
                row(
                        "a type of the policy widens and narrows an operand by its own sign",
                        Lane.NATIVE,
                        usdt("register", args("int32", "int64", "uint32", "uint8", "int8")),
                        launch("register"),
                        hit("register", integer(-2), longInteger(-2), unsigned(4294967294L), unsigned(254), integer(-56))),
                row(
                        SMOKE + "memory is read from the stack and from static variables",
                        Lane.NATIVE,
                        usdt("memory", args("auto", "auto", "auto")),
                        launch("memory"),
                        hit("memory", integer(-7), integer(77), unsigned(78))),
                row(
                        "elements are read by base, index and scale",
                        Lane.NATIVE,
                        usdt("indexed", args("auto", "auto", "auto", "auto")),
                        launch("indexed"),
                        hit("indexed", integer(78), integer(77), integer(78), integer(-2))),
                row(
                        "an operand can be the address of a text, and the size of a buffer",
                        Lane.NATIVE,
                        usdt(
                                "text",
                                """
                                args:
                                - {index: 0, type: "string", label: "greeting"}
                                - {index: 1, type: "char_buf", sizeArgIndex: 3}
                                """),
                        launch("text"),
                        hit("text", "{'string_arg':'a text','label':'greeting'}", bytes("abcde"))),
                row(
                        "an operand can be the address of a structure, with types from a file",
                        Lane.NATIVE,
                        usdt(
                                "structure",
                                """
                                btfPath: "/sys/kernel/btf/vmlinux"
                                args:
                                - {index: 0, btfType: "timespec64", resolve: "tv_sec"}
                                - {index: 0, btfType: "timespec64", resolve: "tv_nsec"}
                                """),
                        launch("structure"),
                        hit("structure", longInteger(5), longInteger(6))),
                row(
                        "memory that is not there is an argument that cannot be read",
                        Lane.NATIVE,
                        usdt("nowhere", args("auto", "auto")),
                        launch("nowhere"),
                        hit(
                                "nowhere",
                                "{'error_arg':{'Message':'Bad address encountered while reading the argument'}}",
                                integer(1))),
                row(
                        "arguments behind one that nothing reads are read",
                        Lane.NATIVE,
                        usdt("real", "args:\n- {index: 1, type: \"int32\"}\n"),
                        launch("real"),
                        hit("real", integer(9))));
    }

    private static Stream<PolicyScenario> places() {
        return Stream.of(
                row(
                        SMOKE + "each place of a probe has operands of its own",
                        Lane.NATIVE,
                        usdt("places", args("int64")),
                        launch("places"),
                        IntStream.rangeClosed(1, 4).mapToObj(i -> hit("places", longInteger(i)))
                                .toArray(ExpectedEvent[]::new)),
                row(
                        "they have without uprobe.multi, too",
                        Lane.NATIVE,
                        oneByOne(usdt("places", args("int64"))),
                        launch("places"),
                        IntStream.rangeClosed(1, 4).mapToObj(i -> hit("places", longInteger(i)))
                                .toArray(ExpectedEvent[]::new)),
                row(
                        "the type of an argument holds the values of all places",
                        Lane.NATIVE,
                        usdt("wide", args("auto")),
                        launch("wide"),
                        hit("wide", longInteger(-1)),
                        hit("wide", longInteger(0x1ffffffffL))),
                row(
                        SMOKE + "a guarded probe is passed when somebody listens",
                        Lane.NATIVE,
                        usdt("guarded", args("int32")),
                        launch("guarded"),
                        hit("guarded", integer(7))),
                row(
                        "so it is without uprobe.multi",
                        Lane.NATIVE,
                        oneByOne(usdt("guarded", args("int32"))),
                        launch("guarded"),
                        hit("guarded", integer(7))),
                row("it is not when nobody listens to it", Lane.NATIVE, usdt("constant"), launch("guarded")).endsWith(3));
    }

    private static Stream<PolicyScenario> filters() {
        return Stream.of(
                row(
                        "a filter is about the value at each place",
                        Lane.NATIVE,
                        usdt("places", args("int64"), selector(PolicyText.filter(0, "InRange", "2:3"), "Post")),
                        launch("places"),
                        hit("places", longInteger(2)),
                        hit("places", longInteger(3))),
                row(
                        "a filter on an argument without a type compares what was found",
                        Lane.NATIVE,
                        usdt("register", args("auto"), selector(PolicyText.filter(0, "Equal", "-2"), "Post")),
                        launch("register"),
                        hit("register", longInteger(-2))),
                row(
                        "a filter on a text follows its address",
                        Lane.NATIVE,
                        usdt("text", args("string"), selector(PolicyText.filter(0, "Prefix", "a te"), "Post")),
                        launch("text"),
                        hit("text", text("a text"))),
                row(
                        "a filter that does not hold leaves no event",
                        Lane.NATIVE,
                        usdt("memory", args("int32"), selector(PolicyText.filter(0, "NotEqual", "-7"), "Post")),
                        launch("memory")));
    }

    private static Stream<PolicyScenario> actions() {
        String one = PolicyText.filter(0, "Equal", "1");
        return Stream.of(
                row(
                        SMOKE + "Sigkill ends the program at the probe",
                        Lane.NATIVE,
                        usdt("set", args("int32"), selector(one, "Sigkill")),
                        launch("set"),
                        action(hit("set", integer(1)), "SIGKILL"))
                        .endsWith(137),
                row(
                        "Signal sends the signal that it names",
                        Lane.NATIVE,
                        usdt("set", args("int32"), selector(one, "Signal, argSig: 10")),
                        launch("set"),
                        action(hit("set", integer(1)), "SIGNAL"))
                        .endsWith(138),
                row(
                        "NoPost reports nothing",
                        Lane.NATIVE,
                        usdt("set", args("int32"), selector(one, "NoPost")),
                        launch("set"))
                        .endsWith(1),
                row(
                        "Set changes the variable of the program, and the event has what it was",
                        Lane.WRITE_USER,
                        usdt("set", args("int32"), selector(one, "Set, argIndex: 0, argValue: 42")),
                        launch("set"),
                        action(hit("set", integer(1)), "SET"))
                        .endsWith(42),
                row(
                        "Set is not done where the filter does not hold",
                        Lane.WRITE_USER,
                        usdt("set", args("int32"), selector(PolicyText.filter(0, "Equal", "2"),
                                "Set, argIndex: 0, argValue: 42")),
                        launch("set"))
                        .endsWith(1),
                row(
                        "Set is not done in monitor mode, but reported",
                        Lane.WRITE_USER,
                        "options:\n- {name: \"policy-mode\", value: \"monitor\"}\n"
                                + usdt("set", args("int32"), selector(one, "Set, argIndex: 0, argValue: 42")),
                        launch("set"),
                        action(hit("set", integer(1)), "SET"))
                        .endsWith(1));
    }

    private static ExpectedEvent hit(String probe, String... args) {
        return ExpectedEvent.of("process_usdt")
                .with("path", Check.is(PROGRAM))
                .with("provider", Check.is("test"))
                .with("name", Check.is(probe))
                .with("args", args.length == 0 ? Check.absent() : Check.json("[" + String.join(",", args) + "]"));
    }

    static Launch launch(String what) {
        return Launch.of(PROGRAM, what);
    }

    private static String oneByOne(String spec) {
        return "options:\n- {name: \"disable-uprobe-multi\", value: \"true\"}\n" + spec;
    }

    /** A spec with a hook on a probe of the trigger; {@code rest} are more fields of the hook. */
    static String usdt(String probe, String... rest) {
        return """
                usdts:
                - path: "%s"
                  provider: "test"
                  name: "%s"
                """.formatted(PROGRAM, probe) + String.join("", rest).indent(2);
    }

    private static String args(String... types) {
        StringBuilder args = new StringBuilder("args:\n");
        for (int index = 0; index < types.length; index++) {
            args.append("- {index: ").append(index).append(", type: \"").append(types[index]).append("\"}\n");
        }
        return args.toString();
    }

    private static String selector(String filters, String action) {
        return "selectors:\n- matchArgs:\n" + filters.indent(2) + "  matchActions:\n  - {action: " + action + "}\n";
    }
}
