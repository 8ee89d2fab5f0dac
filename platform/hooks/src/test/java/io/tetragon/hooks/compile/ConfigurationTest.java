// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.Compiled.Act;
import io.tetragon.hooks.compile.Compiled.Flt;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.HookArgumentFlags;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookFlags;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.HookOperator;
import io.tetragon.hooks.internal.abi.HookSubject;
import io.tetragon.hooks.internal.abi.HookTextKey;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.TracingPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What configurations look like, where more than one shape would mean the same. */
class ConfigurationTest {
    private static final Set<String> MAPS = Set.of("hook_texts", "hook_long_texts", "hook_substrings", "hook_numbers",
            "hook_addresses", "hook_rates", "hook_calls", "policy_conf", "policy_socks", "enforcer_data",
            "enforcer_conf");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            int32     | Equal    | ["4"]                          | EQUAL 1
            int32     | Equal    | ["4", "1", "4", "9"]           | EQUAL 3
            int32     | Equal    | ["1", "2", "3", "4", "5"]      | RANGE 1
            int32     | Equal    | ["1", "5", "9", "13", "17"]    | SET 5
            int32     | GT       | ["4"]                          | RANGE 1
            uint64    | GT       | ["18446744073709551615"]       | EQUAL 0
            uint64    | LT       | ["0"]                          | EQUAL 0
            uint64    | LT       | ["3"]                          | EQUAL 3
            int32     | InRange  | ["1:10", "5:20", "21:30"]      | RANGE 1
            int32     | InMap    | ["0:9", "20:29", "40:49", "60:69", "80:89"] | SET 50
            int32     | InMap    | ["0:99", "200:299", "400:499", "600:699", "800:899"] | RANGE 5
            syscall64 | InMap    | ["list:calls"]                 | EQUAL 4
            """)
    void numbersAreComparedInTheCheapestWay(String type, String operator, String values, String shape)
            throws Exception {
        Compiled compiled = Policies.compile(filter(type, operator, values));
        Flt filter = compiled.filter();
        String is = switch (filter.operator()) {
            case HookOperator.OPERATOR_EQUAL -> "EQUAL " + filter.count();
            case HookOperator.OPERATOR_RANGE -> "RANGE " + filter.count();
            default -> "SET " + compiled.entries("hook_numbers").size();
        };
        assertEquals(shape, is);
    }

    @Test
    void listsOfSystemCallsHaveTheNumbersOfBothCallingConventions() throws Exception {
        Compiled compiled = Policies.compile(filter("syscall64", "InMap", "[\"list:calls\"]"));
        Set<Long> numbers = new TreeSet<>();
        IntStream.range(0, 4).forEach(i -> numbers.add(compiled.numberAt(compiled.filter().first() + i)));
        assertEquals(Set.of(0L, 4L, 32L, 0x8000003fL), numbers);
    }

    @Test
    void generatedListsPassOverFunctionsThatAreNoSystemCalls() throws Exception {
        Compiled compiled = Policies.compile(filter("syscall64", "InMap", "[\"list:all\"]"));
        assertEquals(4, compiled.filter().count());
        assertEquals(List.of(), compiled.hook.warnings());
    }

    @Test
    void textsBecomeKeysThatALookupFinds() throws Exception {
        Compiled compiled = Policies.compile(Policies.kprobe("""
                args:
                - {index: 0, type: string}
                selectors:
                - matchArgs:
                  - {index: 0, operator: Equal, values: ["ab"]}
                  - {index: 0, operator: Prefix, values: ["ab"]}
                  - {index: 0, operator: Postfix, values: ["ab", "xyz"]}
                  - {index: 0, operator: NotPrefix, values: ["ab"]}
                """));
        List<Flt> filters = compiled.selectors().get(0).filters();
        assertEquals(List.of("16+24 ab", "16+16 ab", "16+16 ba", "16+24 zyx"), texts(compiled));
        assertEquals(filters.get(1).key(), filters.get(3).key(), "equal filters share their texts");
        assertEquals(3, filters.stream().mapToInt(Flt::key).distinct().count());
        assertEquals(3, filters.get(2).longest());
        assertEquals(HookFilterFlags.FILTER_NOT, filters.get(3).flags());
        assertEquals(4, compiled.plan.sizes().get("hook_texts"));
    }

    @Test
    void textsLongerThanAKeyAreKeptApart() throws Exception {
        String longest = "x".repeat(253);
        Compiled compiled = Policies.compile(Policies.kprobe("args:\n- {index: 0, type: string}\nselectors:\n"
                + "- matchArgs:\n  - {index: 0, operator: Equal, values: [" + longest + ", " + longest + "y, "
                + "z".repeat(4096) + "]}\n  - {index: 0, operator: Prefix, values: [" + longest + "y, a]}\n"));
        List<Flt> filters = compiled.selectors().get(0).filters();
        assertEquals(2, compiled.entries("hook_texts").size());
        assertEquals(3, compiled.entries("hook_long_texts").size());
        assertEquals(HookFilterFlags.FILTER_LONG_TEXTS, filters.get(0).flags());
        assertEquals(List.of(0, 2), List.of(filters.get(0).first(), filters.get(0).count()));
        assertEquals(List.of(2, 1), List.of(filters.get(1).first(), filters.get(1).count()));
    }

    @Test
    void abstractNamesOfSocketsAreWrittenWithAnAtSign() throws Exception {
        Compiled compiled = Policies.compile(filter("sockaddr_un", "Equal", "[\"@name\", \"/path\"]"));
        assertEquals(List.of("16+40 name", "16+48 /path"), texts(compiled));
    }

    @Test
    void filtersOfASelectorAreSortedByCost() throws Exception {
        Compiled compiled = Policies.compile(Policies.kprobe("""
                args:
                - {index: 0, type: file}
                - {index: 1, type: int}
                - {index: 2, type: sock}
                selectors:
                - matchArgs:
                  - {index: 0, operator: SubString, values: ["x"]}
                  - {index: 0, operator: Prefix, values: ["/etc"]}
                  - {index: 2, operator: DAddr, values: ["10.0.0.0/8"]}
                  - {index: 1, operator: InMap, values: ["1", "10", "20", "30", "40"]}
                  - {index: 1, operator: Equal, values: ["4"]}
                  matchCapabilities:
                  - {operator: In, values: [CAP_KILL]}
                  matchNamespaces:
                  - {namespace: Net, operator: In, values: ["1"]}
                  matchBinaries:
                  - {operator: In, values: [/bin/sh]}
                  matchPIDs:
                  - {operator: In, values: [1]}
                  matchWorkloads: {hostSelector: {}}
                """));
        assertEquals("PID EQUAL, ARGUMENT1 EQUAL, BINARY EQUAL, NAMESPACE EQUAL, WORKLOADS EQUAL, CAPABILITY MASK, "
                + "ARGUMENT1 SET, ARGUMENT2 SUBNET, ARGUMENT0 PREFIX, ARGUMENT0 SUBSTRING", order(compiled));
    }

    @Test
    void fiveTextsAndAReturnedOneShareTheArea() throws Exception {
        StringBuilder args = new StringBuilder("args:\n");
        IntStream.range(0, 5).forEach(i -> args.append("- {index: ").append(i).append(", type: string}\n"));
        Compiled five = Policies.compile(Policies.kprobe(args.toString()));
        IntStream.range(0, 5).forEach(i -> assertEquals(List.of(i * 4608, 4096),
                List.of(five.argument(i).area(), five.argument(i).limit())));
        Compiled six = Policies.compile(Policies.kprobe(args + "return: true\nreturnArg: {index: 0, type: string}\n"));
        for (int slot = 0; slot < HookLimits.HOOK_SLOTS; slot++) {
            assertEquals(slot * 4096, six.argument(slot).area());
            assertEquals(4096 - 512, six.argument(slot).limit());
            assertTrue(six.argument(slot).area() + 4096 <= HookLimits.HOOK_AREA);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {action: Post}                                             | POST
            {action: Post, rateLimit: 2m, rateLimitScope: process}     | POST scope=1 seconds=120
            {action: Post, kernelStackTrace: true, userStackTrace: true} | POST flags=3
            {action: NoPost}                                           | NO_POST
            {action: Sigkill}                                          | SIGKILL signal=9
            {action: Signal, argSig: 15}                               | SIGNAL signal=15
            {action: Override, argError: -2}                           | OVERRIDE error=-2
            {action: GetUrl, argUrl: "http://host/x"}                  | GET_URL
            {action: DnsLookup, argFqdn: host}                         | DNS_LOOKUP
            {action: TrackSock, argSock: 3}                            | TRACK_SOCK slot=1
            {action: UntrackSock, argSock: 3}                          | UNTRACK_SOCK slot=1
            {action: NotifyEnforcer, argError: -1, argSig: 9}          | NOTIFY_ENFORCER error=-1 signal=9
            {action: CleanupEnforcerNotification}                      | CLEANUP_ENFORCER
            """)
    void actionsAreWrittenWithTheirParameters(String action, String written) throws Exception {
        Compiled compiled = Policies.compile(Policies.kprobe("args:\n- {index: 0, type: int}\n- {index: 3, type: sock}\n"
                + "selectors:\n- matchActions:\n  - " + action + "\n"));
        assertEquals(written, action(compiled.selectors().get(0).actions().get(0)));
    }

    @Test
    void aSelectorWithoutActionsPosts() throws Exception {
        Compiled compiled = Policies.compile(filter("int32", "Equal", "[\"1\"]"));
        assertEquals(List.of(new Act(HookActionKind.ACTION_POST, 0, 0, 0, 0, 0, 0)),
                compiled.selectors().get(0).actions());
        assertEquals(List.of(), compiled.selectors().get(0).returnActions());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            args: [{index: 0, type: int}]                                             |
            selectors: [{matchBinaries: [{operator: In, values: [/bin/sh]}]}]         | NEEDS_PROCESS
            selectors: [{matchActions: [{action: Sigkill}]}]                          | ENFORCES
            selectors: [{matchActions: [{action: Override, argError: -1}]}]           | ENFORCES
            {return: true, returnArg: {index: 0, type: int}}                          | RETURNS
            args: [{index: 0, type: char_buf, returnCopy: true}]                      | RETURNS
            {return: true, returnArg: {index: 0, type: sock}, returnArgAction: TrackSock} | RETURNS TRACKS_RETURN
            {return: true, returnArg: {index: 0, type: sock}, returnArgAction: UntrackSock} | RETURNS UNTRACKS_RETURN
            """)
    void flagsSayWhatTheProgramHasToDo(String yaml, String words) throws Exception {
        String body = yaml.startsWith("{") ? yaml.substring(1, yaml.length() - 1).replaceAll(", (return)", "\n$1") : yaml;
        Compiled compiled = Policies.compile(Policies.kprobe(body + "\n"));
        List<String> set = new ArrayList<>();
        for (var field : HookFlags.class.getFields()) {
            if ((compiled.flags() & field.getInt(null)) != 0) {
                set.add(field.getName().substring("HOOK_".length()));
            }
        }
        assertEquals(words == null ? "" : words, String.join(" ", set));
        assertEquals(set.contains("RETURNS"), compiled.hook.returns());
        assertEquals(set.contains("ENFORCES"), compiled.hook.enforces());
        assertEquals(yaml.contains("Override"), compiled.hook.overrides());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            args: [{index: 0, type: int}]                                                 |
            {return: true, returnArg: {index: 0, type: int}}                              | hook_calls
            selectors: [{matchActions: [{action: Sigkill}]}]                              | policy_conf
            selectors: [{matchActions: [{action: Post, rateLimit: 1m}]}]                  | hook_rates
            selectors: [{matchActions: [{action: CleanupEnforcerNotification}]}]          | enforcer_data enforcer_conf
            {args: [{index: 0, type: sock}], selectors: [{matchActions: [{action: TrackSock, argSock: 0}]}]} | policy_socks
            """)
    void mapsThatNothingUsesAreNotCreated(String yaml, String used) throws Exception {
        String body = yaml.startsWith("{") ? yaml.substring(1, yaml.length() - 1)
                .replaceAll(", (return|selectors)", "\n$1") : yaml;
        Compiled compiled = Policies.compile(Policies.kprobe(body + "\n"));
        Set<String> created = new TreeSet<>(MAPS);
        created.removeAll(compiled.plan.omitted());
        assertEquals(used == null ? Set.of() : Set.of(used.split(" ")), created);
        assertEquals(created.stream().filter(map -> map.startsWith("policy") || map.startsWith("enf"))
                .collect(Collectors.toSet()), compiled.plan.policyMaps());
        assertEquals(1, compiled.plan.sizes().get("hook_stats"));
        assertFalse(compiled.plan.sizes().containsKey("hook_calls"), "storage of tasks has no size");
    }

    @Test
    void aHookWithSocketsOfAPolicyThatTracksThemAsksWhoseTheyAre() throws Exception {
        TracingPolicy policy = Policies.parse("""
                apiVersion: cilium.io/v1alpha1
                kind: TracingPolicy
                metadata: {name: test}
                spec:
                  kprobes:
                  - call: sk_alloc
                    syscall: false
                    return: true
                    returnArg: {index: 0, type: sock}
                    returnArgAction: TrackSock
                  - {call: tcp_close, syscall: false, args: [{index: 0, type: sock}]}
                  - {call: do_something, syscall: false, args: [{index: 0, type: int}]}
                """);
        List<Integer> flags = new ArrayList<>();
        for (HookSpec hook : policy.hooks()) {
            CompiledHook compiled = new HookCompiler(Policies.noTypes(), new TestBinaries()).compile(hook,
                    Policies.UNTYPED, 1, 13, HookCompiler.flagsOf(policy));
            flags.add(new Compiled(compiled, new TestBinaries()).flags() & HookFlags.HOOK_TRACKS_SOCKS);
        }
        assertEquals(List.of(0, HookFlags.HOOK_TRACKS_SOCKS, 0), flags);
    }

    @Test
    void aFunctionThatHasRunCannotBeOverridden() {
        TetragonException refusal = assertThrows(TetragonException.class, () -> Policies.compile(Policies.kprobe("""
                return: true
                returnArg: {index: 0, type: int}
                selectors:
                - matchReturnActions:
                  - {action: Override, argError: -1}
                """)));
        assertEquals("the function has run, and the kernel hands on what it returned", refusal.why());
    }

    @Test
    void whatIsReadAtTheReturnIsComparedAtTheReturn() throws Exception {
        Compiled compiled = Policies.compile(Policies.kprobe("""
                return: true
                args:
                - {index: 0, type: int}
                - {index: 1, type: char_buf, returnCopy: true, sizeArgIndex: 3}
                returnArg: {index: 0, type: int}
                selectors:
                - matchArgs:
                  - {index: 1, operator: Prefix, values: ["x"]}
                  - {index: 0, operator: Equal, values: ["1"]}
                  matchReturnArgs:
                  - {index: 0, operator: GT, values: ["0"]}
                  matchReturnActions:
                  - action: Sigkill
                """));
        Compiled.Sel selector = compiled.selectors().get(0);
        assertEquals(List.of(0), selector.filters().stream().map(Flt::slot).toList());
        assertEquals(List.of(5, 1), selector.returnFilters().stream().map(Flt::slot).toList());
        assertEquals(HookArgumentFlags.ARGUMENT_AT_RETURN, compiled.argument(1).flags());
        assertEquals(2, compiled.argument(1).sizeParameter());
        assertTrue(compiled.hook.arguments().get(1).atReturn());
        assertEquals(HookActionKind.ACTION_SIGKILL, selector.returnActions().get(0).kind());
        assertTrue(compiled.hook.enforces());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            selectors | 33 | 33 selectors: the limit is 32 per hook
            filters   | 128 | 129 filters: the limit is 128 per hook
            actions   | 100 | actions: the limit is 96 per hook
            ranges    | 129 | 129 ranges in filters: the limit is 128 per hook
            """)
    void moreThanAProgramHasRoomForIsRefusedWithTheLimit(String what, int count, String why) throws Exception {
        String yaml = "args: [{index: 0, type: uint64}]\nselectors:\n" + switch (what) {
            case "selectors" -> repeat(count, "- matchPIDs: [{operator: In, values: [%d]}]\n");
            case "filters" -> "- matchBinaries: [{operator: In, values: [/bin/sh]}]\n  matchArgs:\n"
                    + repeat(count, "  - {index: 0, operator: Mask, values: [\"%d\"]}\n");
            case "actions" -> "- matchActions:\n" + repeat(count, "  - {action: Signal, argSig: 15}\n");
            default -> "- matchArgs:\n  - {index: 0, operator: InRange, values: ["
                    + IntStream.range(0, count).mapToObj(i -> "\"" + i * 100_000L + ":" + (i * 100_000L + 50_000) + "\"")
                            .collect(Collectors.joining(", ")) + "]}\n";
        };
        TestBinaries binaries = new TestBinaries();
        HookSpec spec = Policies.kprobe(yaml);
        TetragonException e = assertThrows(TetragonException.class, () -> new HookCompiler(Policies.noTypes(), binaries)
                .compile(spec, Policies.UNTYPED, 1, 13, 0));
        assertTrue(e.getMessage().contains(why), e.getMessage());
        assertEquals(binaries.acquired.size(), binaries.released, "what was acquired is given back");
    }

    @Test
    void numbersBeyondThePoolGoIntoTheMap() throws Exception {
        Compiled compiled = Policies.compile(Policies.kprobe("args: [{index: 0, type: uint64}]\nselectors:\n- matchArgs:\n"
                + repeat(100, "  - {index: 0, operator: NotEqual, values: [\"%1$d00\", \"%1$d10\", \"%1$d20\", \"%1$d30\"]}\n")));
        assertEquals(64, compiled.selectors().get(0).filters().stream()
                .filter(filter -> filter.operator() == HookOperator.OPERATOR_EQUAL).count());
        assertEquals(36 * 4, compiled.entries("hook_numbers").size());
    }

    @Test
    void hooksThatDifferInTheirNumberOnlyHaveTheSameKey() throws Exception {
        HookSpec spec = filter("string", "Equal", "[\"a\"]");
        HookCompiler compiler = new HookCompiler(Policies.noTypes(), new TestBinaries());
        byte[] key = compiler.compile(spec, Policies.UNTYPED, 1, 13, 0).key();
        assertArrayEquals(key, compiler.compile(spec, Policies.UNTYPED, 2, 13, 0).key());
        assertFalse(Arrays.equals(key, compiler.compile(spec, Policies.UNTYPED, 1, 14, 0).key()));
        assertFalse(Arrays.equals(key, compiler.compile(filter("string", "Equal", "[\"b\"]"), Policies.UNTYPED, 1, 13, 0)
                .key()));
    }

    @Test
    void theHeadHasWhatTheCallerSays() throws Exception {
        HookTarget target = new HookTarget(Family.SYSCALL, null, null, true);
        CompiledHook hook = new HookCompiler(Policies.noTypes(), new TestBinaries()).compile(
                Policies.kprobe("args: [{index: 0, type: int}]\n"), target, 77, 16, HookFlags.HOOK_OVERRIDES_BY_RESULT);
        Compiled compiled = new Compiled(hook, new TestBinaries());
        assertEquals(77, compiled.number());
        assertEquals(16, compiled.opcode());
        assertEquals(1, compiled.arguments());
        assertEquals(HookFlags.HOOK_SYSCALL | HookFlags.HOOK_OVERRIDES_BY_RESULT, compiled.flags());
    }

    @Test
    void aReturnCopyWhereNothingReturnsIsAWarning() throws Exception {
        HookSpec spec = Policies.hook("lsmhooks", "- hook: file_open\n  args: [{index: 0, type: file, returnCopy: true}]\n");
        Compiled compiled =
                Policies.compile(spec, new HookTarget(Family.LSM, null, null, false), Policies.noTypes());
        assertEquals(1, compiled.hook.warnings().size());
        assertTrue(compiled.hook.warnings().get(0).contains("LSM hook file_open: returnCopy has no effect"));
        assertEquals(0, compiled.argument(0).flags());
    }

    private static HookSpec filter(String type, String operator, String values) throws TetragonException {
        return Policies.kprobe("args:\n- {index: 0, type: " + type + "}\nselectors:\n- matchArgs:\n  - {index: 0, operator: "
                + operator + ", values: " + values + "}\n");
    }

    private static String repeat(int count, String line) {
        return IntStream.rangeClosed(1, count).mapToObj(line::formatted).collect(Collectors.joining());
    }

    private static List<String> texts(Compiled compiled) {
        return compiled.entries("hook_texts").stream().map(entry -> {
            int bits = ByteBuffer.wrap(entry.key()).order(ByteOrder.LITTLE_ENDIAN).getInt(HookTextKey.BITS);
            String text = new String(entry.key(), HookTextKey.TEXT, HookTextKey.TEXT_SIZE, StandardCharsets.UTF_8);
            return "16+" + (bits - 16) + " " + text.substring(0, text.indexOf('\0'));
        }).toList();
    }

    private static String order(Compiled compiled) throws ReflectiveOperationException {
        List<String> words = new ArrayList<>();
        for (Flt filter : compiled.selectors().get(0).filters()) {
            String subject = name(HookSubject.class, filter.subject()).substring("SUBJECT_".length());
            words.add(subject + (filter.subject() == HookSubject.SUBJECT_ARGUMENT ? filter.slot() : "") + " "
                    + name(HookOperator.class, filter.operator()).substring("OPERATOR_".length()));
        }
        return String.join(", ", words);
    }

    private static String action(Act action) throws ReflectiveOperationException {
        return name(HookActionKind.class, action.kind()).substring("ACTION_".length())
                + part("flags", action.flags()) + part("slot", action.slot()) + part("scope", action.scope())
                + part("error", action.error()) + part("signal", action.signal()) + part("seconds", action.seconds());
    }

    private static String part(String name, int value) {
        return value == 0 ? "" : " " + name + "=" + value;
    }

    private static String name(Class<?> constants, int value) throws ReflectiveOperationException {
        for (var field : constants.getFields()) {
            if (field.getInt(null) == value) {
                return field.getName();
            }
        }
        return String.valueOf(value);
    }
}
