// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.bytes;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Hooks on functions of programs. */
final class UprobeRows {
    /** Static; without symbols: {@link #BARE}. */
    static final String CALLS = trigger("calls");
    static final String BARE = trigger("calls-bare");
    /** Loaded anywhere; without symbols but those for the dynamic linker: {@link #STRIPPED}. */
    static final String PIE = trigger("calls-pie");
    static final String STRIPPED = trigger("calls-stripped");

    private static final String CALLERS = "matchBinaries: [{operator: In, values: [\"" + CALLS + "\"]}]";
    private static final int KILLED = 137;
    private static final String ADD = """
            args:
            - {index: 0, type: int}
            - {index: 1, type: int}
            """;

    private UprobeRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(places(), arguments(), returns(), filters(), actions(), overrides()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> places() {
        return Stream.of(
                row(
                        SMOKE + "a uprobe reports calls of a function with their arguments",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add]", ADD),
                        Launch.of(CALLS, "add", "20", "3", "add", "-1", "1"),
                        hit("calls_add", integer(20), integer(3)),
                        hit("calls_add", integer(-1), integer(1)).with("offset", Check.absent())),
                row(
                        "functions of a program that is loaded anywhere are hooked",
                        Lane.NATIVE,
                        on(PIE, "symbols: [calls_add]", ADD),
                        Launch.of(PIE, "add", "20", "3"),
                        hitOf(PIE, "calls_add", integer(20), integer(3)))
                        .endsWith(23),
                row(
                        "exported functions of a stripped program are hooked",
                        Lane.NATIVE,
                        on(STRIPPED, "symbols: [calls_add]", ADD),
                        Launch.of(STRIPPED, "add", "20", "3"),
                        hitOf(STRIPPED, "calls_add", integer(20), integer(3)))
                        .endsWith(23),
                row(
                        SMOKE + "several functions in one hook are told apart",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_check, calls_local, calls_count]", ""),
                        Launch.of(CALLS, "local", "1", "count", "check", "x", "add", "1", "2", "local", "2"),
                        hit("calls_local"),
                        hit("calls_count"),
                        hit("calls_check"),
                        hit("calls_local"))
                        .endsWith(2),
                row(
                        SMOKE + "disable-uprobe-multi attaches each function by itself",
                        Lane.NATIVE,
                        "options: [{name: disable-uprobe-multi, value: \"1\"}]\n"
                                + on(CALLS, "symbols: [calls_check, calls_local]", ""),
                        Launch.of(CALLS, "local", "1", "check", "x"),
                        hit("calls_local"),
                        hit("calls_check")),
                row(
                        "a function named twice is one event",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_local, calls_local]", ""),
                        Launch.of(CALLS, "local", "1"),
                        hit("calls_local"))
                        .endsWith(1),
                row(
                        "an offset is counted from the symbol",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add+" + Binaries.secondInstruction(CALLS, "calls_add") + "]", ""),
                        Launch.of(CALLS, "add", "1", "2"),
                        hit("calls_add").with("offset",
                                Check.is(Integer.toString(Binaries.secondInstruction(CALLS, "calls_add")))))
                        .endsWith(3),
                row(
                        "a program without symbols is hooked by offsets in the file",
                        Lane.NATIVE,
                        on(BARE, "offsets: [" + Binaries.offset(CALLS, "calls_add") + "]", ADD),
                        Launch.of(BARE, "add", "1", "2"),
                        place(BARE, integer(1), integer(2)).with("offset",
                                Check.is(Long.toString(Binaries.offset(CALLS, "calls_add")))))
                        .endsWith(3),
                row(
                        "a program that is loaded anywhere is hooked by the linker's addresses",
                        Lane.NATIVE,
                        on(STRIPPED, "addrs: [" + Binaries.address(PIE, "calls_add") + "]", ADD),
                        Launch.of(STRIPPED, "add", "1", "2"),
                        place(STRIPPED, integer(1), integer(2)))
                        .endsWith(3),
                row(
                        "a reference counter is raised while the hook is there",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_count]\n  refCtrOffsets: ["
                                + Binaries.counter(CALLS) + "]", ""),
                        Launch.of(CALLS, "count"),
                        hit("calls_count").with("ref_ctr_offset",
                                Check.is(Long.toString(Binaries.counter(CALLS)))))
                        .endsWith(1),
                row(
                        "hooks on different programs are in one policy",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_local]", "") + on(PIE, "symbols: [calls_add]", ADD)
                                .replace("uprobes:\n", ""),
                        Launch.of(CALLS, "local", "1"),
                        hit("calls_local"))
                        .endsWith(1),
                row(
                        "a function of a library is hooked in every program",
                        Lane.NATIVE,
                        on(Binaries.libc(), "symbols: [strtol]", """
                                args:
                                - {index: 0, type: string}
                                selectors:
                                - matchBinaries: [{operator: In, values: ["%s"]}]
                                """.formatted(PIE)),
                        Launch.of(PIE, "local", "17"),
                        hitOf(Binaries.libc(), "strtol", text("17")))
                        .endsWith(17));
    }

    private static Stream<PolicyScenario> arguments() {
        return Stream.of(
                row(
                        SMOKE + "a string argument is read from the program's memory",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_check]", "args: [{index: 0, type: string}]\n"),
                        Launch.of(CALLS, "check", "a text"),
                        hit("calls_check", text("a text"))),
                row(
                        SMOKE + "a text that the program never touched is read all the same",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_check]", """
                                args: [{index: 0, type: string}]
                                selectors:
                                - matchArgs: [{index: 0, operator: Prefix, values: ["a text that"]}]
                                """),
                        Launch.of(CALLS, "literal"),
                        hit("calls_check", text("a text that was never touched"))),
                row(
                        "members of a structure are reached by the program's own types",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_point]\n  btfPath: \"" + trigger("calls-types.o") + "\"", """
                                args:
                                - {index: 0, type: int, btfType: calls_point, resolve: y}
                                - {index: 0, type: string, btfType: calls_point, resolve: label.text}
                                - {index: 0, type: int, btfType: calls_point, resolve: other.length}
                                """),
                        Launch.of(CALLS, "point", "3", "-4"),
                        hit("calls_point", integer(-4), text("near"), integer(3)))
                        .endsWith(255),
                row(
                        "data reads registers of the program",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add]", "data: [{index: 0, source: pt_regs, resolve: esi, type: int}]\n"),
                        Launch.of(CALLS, "add", "1", "77"),
                        hit("calls_add").with("data", Check.json("[" + integer(77) + "]")))
                        .endsWith(78));
    }

    private static Stream<PolicyScenario> returns() {
        return Stream.of(
                row(
                        SMOKE + "the value that a function returns is in the event of its call",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add]", ADD + "return: true\nreturnArg: {index: 0, type: int}\n"),
                        Launch.of(CALLS, "add", "20", "3"),
                        hit("calls_add", integer(20), integer(3), integer(23)))
                        .endsWith(23),
                row(
                        SMOKE + "what a function wrote is read when it returns",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_fill]", """
                                args:
                                - {index: 0, type: char_buf, returnCopy: true, sizeArgIndex: 2}
                                - {index: 1, type: int}
                                """),
                        Launch.of(CALLS, "fill", "5"),
                        hit("calls_fill", bytes("abcde"), integer(5)))
                        .endsWith(5),
                row(
                        "calls of a function by itself have their own returns",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_deep]",
                                "args: [{index: 0, type: int}]\nreturn: true\nreturnArg: {index: 0, type: int}\n"),
                        Launch.of(CALLS, "deep", "12"),
                        IntStream.rangeClosed(0, 12).boxed()
                                .map(level -> hit("calls_deep", integer(level), integer(level)))
                                .toArray(ExpectedEvent[]::new))
                        .endsWith(12),
                row(
                        "a selector compares the returned value",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add]", """
                                return: true
                                returnArg: {index: 0, type: int}
                                selectors:
                                - matchReturnArgs: [{index: 0, operator: Equal, values: ["5"]}]
                                """),
                        Launch.of(CALLS, "add", "1", "3", "add", "2", "3", "add", "0", "0"),
                        hit("calls_add", integer(5))));
    }

    private static Stream<PolicyScenario> filters() {
        return Stream.of(
                row(
                        "selectors compare texts in the program's memory",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_check]", """
                                args: [{index: 0, type: string}]
                                selectors:
                                - matchArgs: [{index: 0, operator: Prefix, values: ["secret"]}]
                                """),
                        Launch.of(CALLS, "check", "public", "check", "secret-1", "check", "not secret"),
                        hit("calls_check", text("secret-1"))),
                row(
                        "selectors compare numbers",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add]", ADD + """
                                selectors:
                                - matchArgs: [{index: 1, operator: GT, values: ["10"]}]
                                """),
                        Launch.of(CALLS, "add", "1", "10", "add", "1", "11", "add", "0", "0"),
                        hit("calls_add", integer(1), integer(11))),
                row(
                        "other programs are left out",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_local]", """
                                selectors:
                                - matchBinaries: [{operator: NotIn, values: ["%s"]}]
                                """.formatted(CALLS)),
                        Launch.of(CALLS, "local", "3")).endsWith(3));
    }

    private static Stream<PolicyScenario> actions() {
        return Stream.of(
                row(
                        SMOKE + "Sigkill ends the program at the function",
                        Lane.NATIVE,
                        acting("calls_check", "{action: Sigkill}"),
                        Launch.of(CALLS, "check", "x", "local", "9"),
                        action(hit("calls_check"), "SIGKILL"))
                        .endsWith(KILLED),
                row(
                        SMOKE + "Sigkill is reported although the return that was asked for never comes",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_add]", ADD + "return: true\nreturnArg: {index: 0, type: int}\n"
                                + "selectors:\n- " + CALLERS + "\n  matchActions: [{action: Sigkill}]\n"),
                        Launch.of(CALLS, "add", "1", "3", "local", "9"),
                        action(hit("calls_add", integer(1), integer(3)), "SIGKILL"))
                        .endsWith(KILLED),
                row(
                        "NoPost is no event",
                        Lane.NATIVE,
                        acting("calls_check", "{action: NoPost}"),
                        Launch.of(CALLS, "check", "x")),
                row(
                        "a rate limit lets one of the same arguments through",
                        Lane.NATIVE,
                        on(CALLS, "symbols: [calls_check]", """
                                args: [{index: 0, type: string}]
                                selectors:
                                - matchActions: [{action: Post, rateLimit: "5m"}]
                                """),
                        Launch.of(CALLS, "check", "x", "check", "x", "check", "y", "check", "x"),
                        hit("calls_check", text("x")),
                        hit("calls_check", text("y"))));
    }

    private static Stream<PolicyScenario> overrides() {
        return Stream.of(
                row(
                        "Override returns from a function before it ran",
                        Lane.UPROBE_REGISTERS,
                        acting("calls_check", "{action: Override, argError: 77}"),
                        Launch.of(CALLS, "check", "x"),
                        action(hit("calls_check"), "OVERRIDE"))
                        .endsWith(77),
                row(
                        "Override of one function by itself",
                        Lane.UPROBE_REGISTERS,
                        "options: [{name: disable-uprobe-multi, value: \"1\"}]\n"
                                + acting("calls_check", "{action: Override, argError: 77}"),
                        Launch.of(CALLS, "check", "x"),
                        action(hit("calls_check"), "OVERRIDE"))
                        .endsWith(77),
                row(
                        "Override in monitor mode lets the function run",
                        Lane.UPROBE_REGISTERS,
                        "options: [{name: policy-mode, value: monitor}]\n"
                                + acting("calls_check", "{action: Override, argError: 77}"),
                        Launch.of(CALLS, "check", "x"),
                        action(hit("calls_check"), "OVERRIDE")),
                row(
                        "Override of a selector that does not hold lets the function run",
                        Lane.UPROBE_REGISTERS,
                        on(CALLS, "symbols: [calls_check]", """
                                args: [{index: 0, type: string}]
                                selectors:
                                - matchArgs: [{index: 0, operator: Equal, values: ["stop"]}]
                                  matchActions: [{action: Override, argError: 77}]
                                """),
                        Launch.of(CALLS, "check", "stop", "check", "go"),
                        action(hit("calls_check", text("stop")), "OVERRIDE")),
                row(
                        "Override sets the registers that it names",
                        Lane.UPROBE_REGISTERS,
                        acting("calls_add", "{action: Override, argRegs: [\"rdi=40\", \"rsi=2%rdi\"]}"),
                        Launch.of(CALLS, "add", "5", "100"),
                        action(hit("calls_add"), "OVERRIDE"))
                        .endsWith(47),
                row(
                        "Override reads registers from memory",
                        Lane.UPROBE_REGISTERS,
                        acting("calls_check", "{action: Override, argRegs: "
                                + "[\"rax=(%rdi)\", \"rip=(%rsp)\", \"rsp=8%rsp\"]}"),
                        Launch.of(CALLS, "check", "A"),
                        action(hit("calls_check"), "OVERRIDE"))
                        .endsWith('A'),
                row(
                        "Override runs another function",
                        Lane.UPROBE_REGISTERS,
                        acting("calls_check", "{action: Override, argNewSymbol: calls_instead}"),
                        Launch.of(CALLS, "check", "x"),
                        action(hit("calls_check"), "OVERRIDE"))
                        .endsWith(42),
                row(
                        "Override runs another function of a program that is loaded anywhere, from several places",
                        Lane.UPROBE_REGISTERS,
                        on(PIE, "symbols: [calls_check, calls_fill]", """
                                selectors:
                                - matchActions: [{action: Override, argNewAddr: %d}]
                                """.formatted(Binaries.address(PIE, "calls_instead"))),
                        Launch.of(PIE, "check", "x", "fill", "3"),
                        action(hitOf(PIE, "calls_check"), "OVERRIDE"),
                        action(hitOf(PIE, "calls_fill"), "OVERRIDE"))
                        .endsWith(42),
                row(
                        "Override runs what is at an offset of the file",
                        Lane.UPROBE_REGISTERS,
                        acting("calls_check", "{action: Override, argNewOffset: "
                                + Binaries.offset(CALLS, "calls_instead") + "}"),
                        Launch.of(CALLS, "check", "x"),
                        action(hit("calls_check"), "OVERRIDE"))
                        .endsWith(42),
                row(
                        "Override at addresses that cannot be read changes nothing",
                        Lane.UPROBE_REGISTERS,
                        acting("calls_add", "{action: Override, argRegs: [\"rdi=9\", \"rsi=(%rdi)\"]}"),
                        Launch.of(CALLS, "add", "5", "6"),
                        action(hit("calls_add"), "OVERRIDE"))
                        .endsWith(11));
    }

    /** A hook with what belongs to it. */
    static String on(String path, String place, String rest) {
        return "uprobes:\n- path: \"" + path + "\"\n  " + place + "\n" + rest.indent(2);
    }

    private static String acting(String symbol, String action) {
        return on(CALLS, "symbols: [" + symbol + "]", """
                selectors:
                - %s
                  matchActions: [%s]
                """.formatted(CALLERS, action));
    }

    private static ExpectedEvent hit(String symbol, String... args) {
        return hitOf(CALLS, symbol, args);
    }

    private static ExpectedEvent hitOf(String path, String symbol, String... args) {
        return place(path, args).with("symbol", Check.is(symbol));
    }

    private static ExpectedEvent place(String path, String... args) {
        return ExpectedEvent.of("process_uprobe").with("path", Check.is(path))
                .with("args", args.length == 0 ? Check.absent() : Check.json("[" + String.join(",", args) + "]"));
    }
}
