// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.hooks.internal.abi.HookArgumentFlags;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.HookSource;
import io.tetragon.policy.model.ArgumentType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields of perf tracepoints: what they are, and what they are read as. */
class TracepointTest {
    private static final String COMMON = """
            name: an_event
            ID: 1
            format:
            \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
            \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
            \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
            \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

            """;

    private static final String FORMAT = COMMON + """
            \tfield:unsigned int fd;\toffset:8;\tsize:8;\tsigned:0;
            \tfield:const char * buf;\toffset:16;\tsize:8;\tsigned:0;
            \tfield:size_t count;\toffset:24;\tsize:8;\tsigned:0;
            \tfield:char comm[16];\toffset:32;\tsize:16;\tsigned:0;
            \tfield:__data_loc char[] name;\toffset:48;\tsize:4;\tsigned:0;
            \tfield:__rel_loc char[] tail;\toffset:52;\tsize:4;\tsigned:0;
            \tfield:unsigned long args[6];\toffset:56;\tsize:48;\tsigned:0;
            \tfield:pid_t pid;\toffset:104;\tsize:4;\tsigned:1;
            \tfield:enum zone_type zone;\toffset:108;\tsize:1;\tsigned:0;
            \tfield:struct outer * outer;\toffset:112;\tsize:8;\tsigned:0;
            \tfield:u8 addr[sizeof(struct sockaddr_in6)];\toffset:120;\tsize:28;\tsigned:0;
            \tfield:__data_loc u8[] bytes;\toffset:148;\tsize:4;\tsigned:0;
            \tfield:long ret;\toffset:152;\tsize:8;\tsigned:1;

            print fmt: "fd: 0x%08lx", ((unsigned long)(REC->fd))
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            4  | UINT64    | KIND_INTEGER   | 8   | 8
            5  | STRING    | KIND_STRING    | 16  | 8
            7  | STRING    | KIND_STRING    | 32  | 0
            8  | DATA_LOC  | KIND_DATA_LOC  | 48  | 4
            9  | DATA_LOC  | KIND_DATA_LOC  | 52  | 4
            10 | CONST_BUF | KIND_CONST_BUF | 56  | 0
            11 | INT32     | KIND_INTEGER   | 104 | 4
            12 | UINT8     | KIND_INTEGER   | 108 | 1
            13 | UINT64    | KIND_INTEGER   | 112 | 8
            14 | CONST_BUF | KIND_CONST_BUF | 120 | 0
            16 | INT64     | KIND_INTEGER   | 152 | 8
            3  | INT32     | KIND_INTEGER   | 4   | 4
            """)
    void typesAreDeducedFromTheFormat(int index, ArgumentType type, String kind, int offset, int width)
            throws Exception {
        Compiled compiled = compile("- index: " + index + "\n");
        Compiled.Arg argument = compiled.argument(0);
        assertEquals(type, compiled.hook.arguments().get(0).type());
        assertEquals(HookKind.class.getField(kind).getInt(null), argument.kind());
        assertEquals(HookSource.SOURCE_FIELD, argument.source());
        assertEquals(offset, argument.offset());
        assertEquals(width, argument.width());
        assertEquals(index == 9, (argument.flags() & HookArgumentFlags.ARGUMENT_REL_LOC) != 0);
        assertEquals(List.of(), compiled.hook.warnings());
    }

    @Test
    void textsInTheRecordEndWithTheirArray() throws Exception {
        Compiled compiled = compile("- index: 7\n- index: 10\n");
        assertEquals(17, compiled.argument(0).limit());
        assertEquals(48, compiled.argument(1).size());
        assertEquals(48, compiled.argument(1).limit());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            int32    | 4  | 4
            uint64   | 11 | 4
            fd       | 4  | 4
            sock     | 13 | 8
            syscall64 | 4 | 8
            """)
    void typesThatThePolicyNamesTakeWhatTheyNeedOfTheField(String type, int index, int width) throws Exception {
        Compiled compiled = compile("- {index: " + index + ", type: " + type + "}\n");
        assertEquals(width, compiled.argument(0).width());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {index: 5, type: char_buf, sizeArgIndex: 7} | 24
            {index: 5, type: char_buf, sizeArgIndex: 6} | 24
            {index: 5, sizeArgIndex: 7}                 | 24
            {index: 5, type: char_buf, sizeArgIndex: 5} | 8
            """)
    void theSizeOfABufferIsAFieldCountedFromOneOrNamedByItsOwnNumber(String argument, int offset) throws Exception {
        Compiled compiled = compile("- " + argument + "\n");
        assertEquals(ArgumentType.CHAR_BUF, compiled.hook.arguments().get(0).type());
        assertEquals(offset, compiled.argument(0).sizeOffset());
        assertEquals(8, compiled.argument(0).sizeWidth());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {index: 17}                                     | no field 17: the tracepoint has fields 0 to 16
            {index: 15}                                     | nothing reads u8 bytes as a whole
            {index: 7, type: sock}                          | type sock on an array
            {index: 8, type: int32}                         | type int on an array
            {index: 11, type: auto, resolve: x}             | the field is no pointer
            {index: 4, type: auto, resolve: x}              | the type of the value is not known
            {index: 5, type: char_buf, sizeArgIndex: 8}     | field comm is no size
            """)
    void whatTheRecordDoesNotHaveIsRefusedWithTheReason(String argument, String why) {
        TetragonException e = assertThrows(TetragonException.class, () -> compile("- " + argument + "\n"));
        assertTrue(e.getMessage().contains(why), e.getMessage());
        assertTrue(e.getMessage().contains("tracepoint a:an_event"), e.getMessage());
    }

    @Test
    void pointersInTheRecordLeadToStructuresThatTheFormatNames() throws Exception {
        KernelTypes types = TestTypes.types();
        Compiled compiled = Policies.compile(Policies.hook("tracepoints", """
                - subsystem: a
                  event: an_event
                  args:
                  - {index: 13, resolve: first.title}
                  - {index: 4, btfType: outer, resolve: port}
                """), new HookTarget(Family.TRACEPOINT, null, TracepointFormat.parse(FORMAT), false), types);
        assertEquals(ArgumentType.STRING, compiled.hook.arguments().get(0).type());
        assertEquals(2, compiled.argument(0).steps().size());
        assertEquals(ArgumentType.UINT16, compiled.hook.arguments().get(1).type());
    }

    @Test
    void filtersAreCompletedOnceTheTypeIsKnown() throws Exception {
        Compiled compiled = Policies.compile(Policies.hook("tracepoints", """
                - subsystem: a
                  event: an_event
                  args: [{index: 16}, {index: 7}]
                  selectors:
                  - matchArgs:
                    - {index: 16, operator: LT, values: ["-5"]}
                    - {index: 7, operator: Equal, values: [bash]}
                """), new HookTarget(Family.TRACEPOINT, null, TracepointFormat.parse(FORMAT), false), Policies.noTypes());
        Compiled.Flt number = compiled.selectors().get(0).filters().get(0);
        assertEquals(new Compiled.Rng(Long.MIN_VALUE, -6), compiled.range(number.first()));
        assertEquals(HookFilterFlags.FILTER_SIGNED, number.flags());
        assertEquals(1, compiled.entries("hook_texts").size());
    }

    @Test
    void aFilterThatTheDeducedTypeDoesNotHaveIsRefused() {
        TetragonException e = assertThrows(TetragonException.class, () -> Policies.compile(Policies.hook("tracepoints", """
                - subsystem: a
                  event: an_event
                  args: [{index: 16}]
                  selectors:
                  - matchArgs:
                    - {index: 16, operator: Prefix, values: [bash]}
                """), new HookTarget(Family.TRACEPOINT, null, TracepointFormat.parse(FORMAT), false), Policies.noTypes()));
        assertTrue(e.getMessage().contains("operator Prefix on type int64"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"''", "field:int x;", "field:;offset:1;size:1;signed:1;", "field:int;offset:99999999999;size:1;"})
    void whatIsNoFormatIsRefused(String text) {
        assertThrows(TetragonException.class, () -> TracepointFormat.parse(text));
    }

    @Test
    void everyFormatOfThisKernelIsRead() throws Exception {
        Path events = Path.of("/sys/kernel/tracing/events");
        assumeTrue(Files.isDirectory(events), "tracefs is not mounted");
        int read = 0;
        try (Stream<Path> files = Files.walk(events, 3)) {
            for (Path file : files.filter(f -> f.endsWith("format")).toList()) {
                TracepointFormat format = TracepointFormat.parse(Files.readString(file));
                assertTrue(format.fields().size() >= 4, file::toString);
                assertEquals("common_pid", format.fields().get(3).name());
                read++;
            }
        }
        assertTrue(read > 500, "only " + read);
    }

    private static Compiled compile(String args) throws Exception {
        return Policies.compile(Policies.hook("tracepoints", "- subsystem: a\n  event: an_event\n  args:\n"
                + args.indent(2)), new HookTarget(Family.TRACEPOINT, null, TracepointFormat.parse(FORMAT), false),
                Policies.noTypes());
    }
}
