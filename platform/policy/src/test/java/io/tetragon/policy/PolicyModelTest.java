// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.CelExpression;
import io.tetragon.policy.model.FilterValue;
import io.tetragon.policy.model.KprobeSpec;
import io.tetragon.policy.model.ListSpec;
import io.tetragon.policy.model.Operator;
import io.tetragon.policy.model.PolicyOptions.Mode;
import io.tetragon.policy.model.RateLimit;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.SyscallName;
import io.tetragon.policy.model.TracepointSpec;
import io.tetragon.policy.model.TracingPolicy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the model says about what was written. */
class PolicyModelTest {
    private static final String HEAD =
            "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: a}\nspec:\n";

    @Test
    void defaults_are_filled_in() throws TetragonException {
        KprobeSpec probe = parse("  kprobes:\n  - call: sys_dup\n").kprobes().get(0);
        assertEquals(new Call.Function("sys_dup"), probe.call());
        assertTrue(probe.syscall());
        assertNull(probe.returnArg());
        assertEquals(List.of(), probe.selectors());
        assertEquals("", probe.message());
    }

    @Test
    void values_are_kept_as_written_and_as_what_they_stand_for() throws TetragonException {
        String args = "    args: [{index: 2, type: int}, {index: 4, type: uint64}, {index: 0, type: sock}, "
                + "{index: 1, type: file}, {index: 3, type: cap_effective}]\n";
        assertEquals(List.of(number("16", 16), number("0x10", 16), number("010", 8), number("-1", -1)),
                values(args, "{index: 2, operator: eq, values: ['16', '0x10', '010', '-1']}"));
        assertEquals(List.of(number("18446744073709551615", -1L)),
                values(args, "{index: 4, operator: Equal, values: ['18446744073709551615']}"));
        assertEquals(List.of(number("0xffffffff", 0xffffffffL)),
                values(args, "{index: 2, operator: mask, values: ['0xffffffff']}"));
        assertEquals(List.of(new FilterValue.Range("-5:5", -5, 5)),
                values(args, "{index: 2, operator: InRange, values: ['-5:5']}"));
        assertEquals(List.of(new FilterValue.Range("80", 80, 80), new FilterValue.Range("1:1024", 1, 1024)),
                values(args, "{index: 0, operator: NotSportPriv}", "{index: 0, operator: DPort, values: ['80', '1:1024']}"));
        assertEquals(List.of(number("AF_INET6", 10), number("2", 2)),
                values(args, "{index: 0, operator: Family, values: [AF_INET6, '2']}"));
        assertEquals(List.of(number("dir", 0040000)), values(args, "{index: 1, operator: FileType, values: [dir]}"));
        assertEquals(List.of(number("CAP_KILL,CAP_CHOWN", 0x21), number("0x21", 0x21), number("21", 0x21)),
                values(args, "{index: 3, operator: Equal, values: ['CAP_KILL,CAP_CHOWN', '0x21', '21']}"));
        FilterValue.Subnet subnet = (FilterValue.Subnet)
                values(args, "{index: 0, operator: SAddr, values: ['fd00::12/64']}").get(0);
        assertEquals("fd00:0:0:0:0:0:0:12", subnet.address().getHostAddress());
        assertEquals(64, subnet.prefixLength());
    }

    @Test
    void indexes_become_positions() throws TetragonException {
        TracingPolicy policy = parse("""
                  tracepoints:
                  - subsystem: syscalls
                    event: sys_enter_lseek
                    args: [{index: 5}, {index: 7}]
                    selectors:
                    - matchArgs: [{index: 7, operator: Equal, values: ['1']}, {index: 0, operator: GT, values: ['0x2']}]
                """);
        TracepointSpec hook = policy.tracepoints().get(0);
        List<ArgumentFilter> filters = hook.selectors().get(0).args();
        assertEquals(List.of(1), filters.get(0).arguments());
        assertEquals(List.of(0), filters.get(1).arguments());
        assertEquals(List.of(new FilterValue.Untyped("1")), filters.get(0).values());
        assertEquals(List.of(number("0x2", 2)), ArgumentTyping.typed(filters.get(1), ArgumentType.INT64).values());
        assertThrows(TetragonException.class, () -> ArgumentTyping.typed(filters.get(1), ArgumentType.STRING));
        assertEquals(List.of(new FilterValue.Text("1")), ArgumentTyping.typed(filters.get(0), ArgumentType.STRING).values());
    }

    @Test
    void macros_are_put_in_place() throws TetragonException {
        Selector selector = parse("  selectorsMacros:\n    m: {matchPIDs: [{operator: NotIn, values: [1]}], "
                + "matchActions: [{action: Post, rateLimit: 5m, rateLimitScope: process}]}\n"
                + "  kprobes: [{call: f, selectors: [{macros: [m], matchBinaries: [{operator: In, values: [/a]}]}]}]\n")
                .kprobes().get(0).selectors().get(0);
        assertEquals(List.of(1), selector.pids().get(0).pids());
        assertEquals(1, selector.binaries().size());
        RateLimit limit = ((Action.Post) selector.actions().get(0)).rateLimit();
        assertEquals(new RateLimit("5m", 300, RateLimit.Scope.PROCESS), limit);
    }

    @Test
    void lists_are_resolved() throws TetragonException {
        TracingPolicy policy = parse("  lists: [{name: g, type: generated_syscalls}, {name: k, type: generated_ftrace, "
                + "pattern: ^ksys_*}, {name: s, type: syscalls, values: [sys_dup, __ia32_sys_dup, i386/dup]}]\n"
                + "  kprobes: [{call: 'list:k'}, {call: 'list:g'}]\n");
        assertEquals(List.of("sys_read", "sys_write", "sys_dup"), policy.lists().get(0).values());
        assertEquals(List.of("ksys_read"), policy.lists().get(1).values());
        ListSpec list = policy.lists().get(2);
        assertEquals(new SyscallName("__ia32_sys_dup", SyscallName.Abi.I386, "dup"), list.syscalls().get(1));
        assertEquals(new SyscallName("i386/dup", SyscallName.Abi.I386, "dup"), list.syscalls().get(2));
        assertEquals(false, policy.kprobes().get(0).syscall());
        assertEquals(true, policy.kprobes().get(1).syscall());
    }

    @Test
    void what_only_signals_is_told() throws TetragonException {
        TracingPolicy policy = parse("""
                  enforcers: [{calls: [sys_a]}]
                  kprobes:
                  - {call: a, selectors: [{matchActions: [{action: Sigkill}, {action: NoPost}]}]}
                  - {call: b, selectors: [{matchActions: [{action: Sigkill}, {action: Override, argError: -1}]}]}
                  - {call: c, selectors: [{matchActions: [{action: NotifyEnforcer, argSig: 9}]}]}
                  - {call: d, selectors: [{matchActions: [{action: NotifyEnforcer, argSig: 9, argError: -1}]}]}
                  - {call: e, selectors: [{matchActions: [{action: Override, argError: -1}]}, {matchActions: [{action: Signal, argSig: 15}]}]}
                """);
        assertEquals(
                List.of(0, 2, 4).stream().map(index -> policy.kprobes().get(index).at()).toList(),
                policy.signalsWithoutPreventing());
    }

    @Test
    void old_spellings_mean_the_new_ones() throws TetragonException {
        TracingPolicy policy = parse("  killers: [{syscalls: [sys_a]}]\n  uprobes: [{path: /a, symbol: main}]\n"
                + "  kprobes: [{call: f, selectors: [{matchActions: [{action: NotifyKiller, argSig: 9}, {action: CopyFD, "
                + "argFd: 1, argName: 2}]}]}]\n");
        assertEquals(List.of(new Call.Function("sys_a")), policy.enforcer().calls());
        assertInstanceOf(Action.NotifyEnforcer.class, policy.kprobes().get(0).selectors().get(0).actions().get(0));
        assertEquals(1, policy.kprobes().get(0).selectors().get(0).actions().size());
        assertTrue(policy.enforces());
    }

    @Test
    void expressions_become_trees() throws TetragonException {
        FilterValue.Expression value = (FilterValue.Expression) values("    args: [{index: 1, type: int}, {index: 0, "
                + "type: int}]\n", "{args: [1, 0], operator: CelExpr, values: ['!(arg0 + 1 == 0x2) && and(arg1, 3) != 0']}")
                .get(0);
        CelExpression.Binary and = (CelExpression.Binary) value.expression();
        assertEquals(CelExpression.BinaryOperator.AND, and.operator());
        assertInstanceOf(CelExpression.Unary.class, and.left());
    }

    @Test
    void messages_are_quoted_as_events_show_them() throws TetragonException {
        KprobeSpec probe = parse("  kprobes: [{call: f, message: \"a\\t\\\"b\\\" \\u00e9\\u200b\\x01\", tags: [x.y]}]\n")
                .kprobes().get(0);
        assertEquals("a\\t\\\"b\\\" \u00e9\\u200b\\x01", probe.message());
    }

    @Test
    void options_are_typed() throws TetragonException {
        TracingPolicy policy = parse("  loader: true\n  options: [{name: policy-mode, value: monitor}, "
                + "{name: disable-kprobe-multi, value: '1'}, {name: other, value: x}]\n");
        assertEquals(Mode.MONITOR, policy.options().mode());
        assertTrue(policy.options().disableKprobeMulti());
        assertEquals(3, policy.options().written().size());
    }

    @Test
    void anchors_aliases_and_merge_keys_work() throws TetragonException {
        TracingPolicy policy = parse("  kprobes:\n  - &p\n    call: a\n    syscall: false\n  - <<: *p\n    call: b\n");
        assertEquals("b", policy.kprobes().get(1).call().written());
        assertEquals(false, policy.kprobes().get(1).syscall());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "podSelector: {}                                | podSelector without policy filter | ''",
        "containerSelector: {matchLabels: {name: a}}    | containerSelector without policy filter | ''",
        "hostSelector: {}                               | hostSelector without policy filter | ''",
        "podSelector: {matchLabels: {a: b}}             | podSelector without policy filter | podSelector with labels",
        "nodeSelector: {}                               | nodeSelector without Kubernetes | nodeSelector without Kubernetes",
    })
    void restrictions_need_what_they_are_kept_by(String restriction, String unfiltered, String withoutKubernetes) {
        byte[] text = (HEAD + "  " + restriction + "\n").getBytes(StandardCharsets.UTF_8);
        assertEquals(unfiltered, problem(text, PolicyContext.offline()));
        assertEquals(withoutKubernetes, problem(text, PolicyContext.offline().withPolicyFilter()));
        assertEquals("", problem(text, PolicyContext.offline().withPolicyFilter().withKubernetes("")));
    }

    /** What the only problem is about; empty where there is none. */
    private static String problem(byte[] text, PolicyContext context) {
        PolicyResult result = new PolicyParser().parse(text, context);
        if (!(result instanceof PolicyResult.Rejected rejected)) {
            return "";
        }
        assertTrue(rejected.text().contains("start the agent with --enable-"), rejected.text());
        Matcher about = Pattern.compile("(\\w+ without policy filter|\\w+ with labels|\\w+ without Kubernetes)").matcher(
                rejected.text());
        return about.find() ? about.group() : rejected.text();
    }

    @Test
    void offline_generated_lists_stay_open_with_a_warning() {
        PolicyResult result = new PolicyParser().parse((HEAD + "  lists: [{name: g, type: generated_syscalls}]\n"
                + "  kprobes: [{call: 'list:g'}]\n").getBytes(StandardCharsets.UTF_8), PolicyContext.offline());
        assertEquals(false, assertInstanceOf(PolicyResult.Accepted.class, result).policy().lists().get(0).expanded());
        assertEquals(1, result.warnings().size());
    }

    @Test
    void names_that_cannot_be_read_are_a_problem_of_the_policy() {
        PolicyContext broken = PolicyContext.standalone(() -> {
            throw new TetragonException(TetragonException.Kind.PERMISSION_DENIED, "read system calls", "no BTF", "be root");
        }, List::of);
        PolicyResult result = new PolicyParser().parse((HEAD + "  lists: [{name: g, type: generated_syscalls}]\n"
                + "  kprobes: [{call: 'list:g'}]\n").getBytes(StandardCharsets.UTF_8), broken);
        assertEquals("5:27: spec.lists[0].type: read system calls: no BTF (be root)",
                assertInstanceOf(PolicyResult.Rejected.class, result).text());
        TetragonException thrown = assertThrows(TetragonException.class, result::orThrow);
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, thrown.kind());
    }

    private static FilterValue number(String written, long value) {
        return new FilterValue.Number(written, value);
    }

    private static List<FilterValue> values(String args, String... filters) throws TetragonException {
        List<ArgumentFilter> read = parse("  kprobes:\n  - call: f\n" + args + "    selectors:\n    - matchArgs: ["
                + String.join(", ", filters) + "]\n").kprobes().get(0).selectors().get(0).args();
        assertTrue(read.size() == 1 || read.get(0).operator() == Operator.NOT_SPORT_PRIV);
        return read.get(read.size() - 1).values();
    }

    private static TracingPolicy parse(String spec) throws TetragonException {
        return new PolicyParser()
                .parse((HEAD + spec).getBytes(StandardCharsets.UTF_8), Shared.CONTEXT)
                .orThrow();
    }
}
