// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.Compiled.Step;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.hooks.internal.abi.HookArgumentFlags;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.HookSource;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.HookSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths through types that are known to the byte, and what arguments are read as. */
class ResolveTest {
    private static KernelTypes types;

    @BeforeAll
    static void compileTypes() throws Exception {
        types = TestTypes.types();
    }

    /** Steps are written as offsets, with a * where a pointer is followed. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            first.name              | 0* 0           | STRING       | KIND_STRING
            first.title             | 0* 16*         | STRING       | KIND_STRING
            first.deep              | 0* 32          | INT32        | KIND_INTEGER load 4 signed
            first.wide              | 0* 40          | INT64        | KIND_INTEGER load 8 signed
            first.narrow            | 0* 40          | INT16        | KIND_INTEGER load 2 signed
            second.name             | 8 0            | STRING       | KIND_STRING
            second.title            | 8 16*          | STRING       | KIND_STRING
            third[2].wide           | 56 96 40       | INT64        | KIND_INTEGER load 8 signed
            table[3].first.wide     | 248* 24* 0* 40 | INT64        | KIND_INTEGER load 8 signed
            [1].uid                 | 352 280        | UINT32       | KIND_INTEGER load 4
            file                    | 256*           | FILE         | KIND_FILE
            path                    | 264            | PATH         | KIND_PATH
            uid.val                 | 280 0          | UINT32       | KIND_INTEGER load 4
            caps                    | 288            | KERNEL_CAP_T | KIND_CAPABILITIES
            color                   | 304            | UINT32       | KIND_INTEGER load 4
            wide_color              | 312            | UINT64       | KIND_INTEGER load 8
            flag                    | 320            | UINT8        | KIND_INTEGER load 1
            tiny                    | 321            | INT8         | KIND_INTEGER load 1 signed
            port                    | 322            | UINT16       | KIND_INTEGER load 2
            id                      | 328            | UINT64       | KIND_INTEGER load 8
            self.self.self.port     | 344* 344* 344* 322 | UINT16   | KIND_INTEGER load 2
            """)
    void pathsBecomeStepsAndTypesAreDeduced(String path, String steps, ArgumentType type, String read)
            throws Exception {
        Compiled compiled = compile("args:\n- {index: 0, type: auto, resolve: \"" + path + "\"}\n", "a_function");
        assertEquals(type, compiled.hook.arguments().get(0).type());
        assertEquals(steps, steps(compiled.argument(0).steps()));
        assertEquals(read, read(compiled.argument(0)));
        assertEquals(List.of(), compiled.hook.warnings());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            first.low    | auto   | it is a bit-field
            first.none   | auto   | struct inner has none of that name
            uid.val.x    | int32  | unsigned int is no structure
            third.name   | string | is no structure (name an element first, like [0])
            third[4].deep | int32 | struct inner[4] has elements 0 to 3
            file[1].unused | int32 | struct file has no size
            opaque       | auto   | nothing reads void * as a whole
            raw          | auto   | nothing reads unsigned char[6] as a whole
            second       | auto   | nothing reads struct inner as a whole
            """)
    void pathsThatLeadNowhereAreRefusedWithTheReason(String path, String type, String why) throws Exception {
        String yaml = "args:\n- {index: 0, type: " + type + ", resolve: \"" + path + "\"}\n";
        TetragonException e = assertThrows(TetragonException.class, () -> compile(yaml, "a_function"));
        assertTrue(e.getMessage().contains(why), e.getMessage());
        assertTrue(e.getMessage().contains("kprobe a_function"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a_function | 1 | int32  | KIND_INTEGER 2
            a_function | 1 | uint64 | KIND_INTEGER 2
            a_function | 3 | int64  | KIND_INTEGER 4
            a_function | 4 | uint64 | KIND_INTEGER 8
            a_function | 2 | string | KIND_STRING
            another_function | 0 | file | KIND_FILE
            another_function | 1 | path | KIND_PATH
            another_function | 2 | cap_effective | KIND_CAPABILITIES
            another_function | 3 | int64 | KIND_INTEGER 8 signed
            another_function | 3 | nop | KIND_NOP
            """)
    void numbersAreAsWideAsTheKernelsTypes(String function, int index, String type, String read) throws Exception {
        Compiled compiled = compile("args:\n- {index: " + index + ", type: " + type + "}\n", function);
        assertEquals(read, read(compiled.argument(0)));
        assertEquals(List.of(), compiled.hook.warnings());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a_function | 0 | file    | type file does not fit struct outer * of argument 0 of a_function
            a_function | 1 | string  | type string does not fit unsigned short of argument 1 of a_function
            a_function | 2 | int32   | type int does not fit char * of argument 2 of a_function
            a_function | 5 | int32   | parameter 5 has no meaning: a_function has 5 parameters on this kernel
            another_function | 3 | int32 | type int does not fit long of argument 3 of another_function
            """)
    void whatDoesNotFitThePrototypeIsAWarning(String function, int index, String type, String warning)
            throws Exception {
        HookSpec spec = Policies.hook("fentries", "- call: " + function + "\n  syscall: false\n  args:\n  - {index: "
                + index + ", type: " + type + "}\n");
        HookTarget target = new HookTarget(Family.KPROBE, types.function(function).orElseThrow(), null, false);
        List<String> warnings = Policies.compile(spec, target, types).hook.warnings();
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).endsWith(warning), warnings.get(0));
    }

    @Test
    void aTrampolineHasNoParametersBeyondThePrototype() throws Exception {
        HookSpec spec = Policies.hook("fentries",
                "- call: a_function\n  syscall: false\n  args:\n  - {index: 5, type: int}\n");
        HookTarget target = new HookTarget(Family.FENTRY, types.function("a_function").orElseThrow(), null, false);
        TetragonException e =
                assertThrows(TetragonException.class, () -> Policies.compile(spec, target, types));
        assertTrue(e.getMessage().contains("a_function has 5 parameters"), e.getMessage());
    }

    @Test
    void aParameterIsTakenForTheTypeThatThePolicyNames() throws Exception {
        Compiled compiled = compile("""
                args:
                - {index: 4, type: auto, btfType: inner, resolve: wide}
                """, "a_function");
        assertEquals("40", steps(compiled.argument(0).steps()));
        assertEquals(ArgumentType.INT64, compiled.hook.arguments().get(0).type());
    }

    @Test
    void dataComesFromTheTaskAndTheRegisters() throws Exception {
        Compiled compiled = compile("""
                args:
                - {index: 1, type: int}
                data:
                - {index: 0, source: current_task, type: auto, resolve: comm}
                - {index: 0, source: current_task, type: auto, resolve: owner.first.deep}
                - {index: 0, source: pt_regs, type: uint64, resolve: rsi}
                - {index: 0, source: pt_regs, type: auto, resolve: r8d}
                """, "a_function");
        assertEquals(5, compiled.arguments());
        assertEquals(HookSource.SOURCE_CURRENT_TASK, compiled.argument(1).source());
        assertEquals(HookArgumentFlags.ARGUMENT_IS_DATA, compiled.argument(1).flags());
        assertEquals(17, compiled.argument(1).limit(), "a string that fills comm has no NUL");
        assertEquals("24* 0* 32", steps(compiled.argument(2).steps()));
        assertEquals(HookSource.SOURCE_PT_REGS, compiled.argument(3).source());
        assertEquals(13 * 8, compiled.argument(3).offset());
        assertEquals(9 * 8, compiled.argument(4).offset());
        assertEquals(4, compiled.argument(4).width());
        assertTrue(compiled.hook.arguments().get(4).data());
    }

    @Test
    void whatIsReturnedIsReadFromTheReturn() throws Exception {
        Compiled compiled = compile("""
                return: true
                args:
                - {index: 0, type: file}
                returnArg: {index: 0, type: sock}
                returnArgAction: TrackSock
                """, "another_function");
        assertEquals(5, compiled.hook.returnArgument().slot());
        assertEquals(HookSource.SOURCE_RETURN, compiled.argument(5).source());
        assertEquals(HookKind.KIND_SOCK, compiled.argument(5).kind());
        assertTrue(compiled.hook.returns());
    }

    @Test
    void functionsTracepointsAndHooksAreFoundByName() {
        Prototype function = types.function("another_function").orElseThrow();
        assertEquals("struct sock *", function.returnTypeName());
        assertEquals(List.of("struct file *", "struct path *", "kernel_cap_t *", "long", "struct inner **"),
                function.parameters().stream().map(Prototype.Parameter::typeName).toList());
        assertEquals(List.of("struct outer *", "int"), types.rawTracepoint("an_event").orElseThrow().parameters()
                .stream().map(Prototype.Parameter::typeName).toList());
        assertEquals(2, types.lsmHook("a_hook").orElseThrow().parameters().size());
        assertTrue(types.function("outer").isEmpty(), "a structure is no function");
        assertEquals(List.of("a_function"), types.nearestFunctions("a_funktion", 3));
    }

    @Test
    void typesAreReadAnewAfterTheirMemoryWasGivenBack() {
        types.close();
        assertTrue(types.hasFunction("a_function"));
    }

    private static Compiled compile(String yaml, String function) throws TetragonException {
        HookSpec spec = Policies.hook("kprobes", "- call: " + function + "\n  syscall: false\n" + yaml.indent(2));
        return Policies.compile(spec, new HookTarget(Family.KPROBE, types.function(function).orElseThrow(), null, false),
                types);
    }

    private static String steps(List<Step> steps) {
        List<String> words = new ArrayList<>();
        steps.forEach(step -> words.add(step.offset() + (step.dereference() ? "*" : "")));
        return String.join(" ", words);
    }

    private static String read(Compiled.Arg argument) throws ReflectiveOperationException {
        StringBuilder text = new StringBuilder();
        for (var field : HookKind.class.getFields()) {
            if (field.getInt(null) == argument.kind()) {
                text.append(field.getName());
            }
        }
        if (argument.kind() == HookKind.KIND_INTEGER) {
            text.append((argument.flags() & HookArgumentFlags.ARGUMENT_LOAD) != 0 ? " load " : " ")
                    .append(argument.width())
                    .append((argument.flags() & HookArgumentFlags.ARGUMENT_SIGNED) != 0 ? " signed" : "");
        }
        return text.toString();
    }
}
