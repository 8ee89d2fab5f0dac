// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.BoolValue;
import io.tetragon.api.TetragonException;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.FieldFilterAction;
import io.tetragon.proto.Filter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFilterParserTest {
    private final JsonFilterParser parser = new JsonFilterParser();

    @Test
    void objectsFollowEachOtherWithAnySpaceOrNone() throws TetragonException {
        assertEquals(
                List.of(
                        Filter.newBuilder().addEventSet(EventType.PROCESS_EXEC).build(),
                        Filter.newBuilder().addBinaryRegex("a}\"{\\d").build(),
                        Filter.newBuilder().setHealthCheck(BoolValue.of(false)).build(),
                        Filter.getDefaultInstance()),
                parser.parse("export-allowlist", """
                        {"event_set": ["PROCESS_EXEC"]}
                          {"binaryRegex": ["a}\\"{\\\\d"]}{"health_check": false}\t{}
                        """));
    }

    @Test
    void blankTextIsNoFilter() throws TetragonException {
        assertEquals(List.of(), parser.parse("export-allowlist", ""));
        assertEquals(List.of(), parser.parse("export-allowlist", " \n\t"));
    }

    @Test
    void fieldFiltersTakePathsInBothCases() throws TetragonException {
        FieldFilter expected = FieldFilter.newBuilder()
                .addEventSet(EventType.PROCESS_EXEC)
                .setFields(com.google.protobuf.FieldMask.newBuilder()
                        .addPaths("process.exec_id")
                        .addPaths("process.parent_exec_id"))
                .setAction(FieldFilterAction.EXCLUDE)
                .setInvertEventSet(BoolValue.of(true))
                .build();
        assertEquals(List.of(expected), parser.parseFieldFilters("field-filters", """
                {"event_set":["PROCESS_EXEC"],"invert_event_set":true,"action":"EXCLUDE",
                 "fields":"process.exec_id,process.parentExecId"}"""));
    }

    @Test
    void aFieldFilterOfAnUnknownFieldIsAnErrorWithFlagAndPosition() {
        TetragonException error = assertThrows(TetragonException.class,
                () -> parser.parseFieldFilters("field-filters", "{\"fields\":\"process.pids\"}"));
        assertTrue(error.getMessage().startsWith("flag field-filters: object at line 1, column 1: "
                + "no event it is for has a field 'process.pids'"), error.getMessage());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{} x                     | line 1, column 4: expected a JSON object",
        "[{}]                     | line 1, column 1: expected a JSON object",
        "{} {'pid':[1]            | line 1, column 4: the object has no end",
        "{'pid':['}               | line 1, column 1: the object has no end",
        "{}\\n  {'pids':[1]}      | line 2, column 3: Cannot find field: pids in message tetragon.Filter",
        "{'event_set':['PROC']}   | line 1, column 1: Invalid enum value: \"PROC\" for enum type: tetragon.EventType",
        "{'pid':['x']}            | line 1, column 1: Not an uint32 value",
        "{'pid':[-1]}             | line 1, column 1:",
        "{'binary_regex':'a'}     | line 1, column 1:",
        "{} {'binary_regex':['(']}| line 1, column 4: binary_regex has a bad regular expression",
        "{'pod_regex':['a']}      | line 1, column 1: pod_regex is not supported in this version",
    })
    void anErrorNamesTheFlagAndThePosition(String text, String expected) {
        TetragonException error = assertThrows(TetragonException.class,
                () -> parser.parse("export-denylist", text.replace('\'', '"').replace("\\n", "\n")));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, error.kind());
        assertTrue(error.getMessage().startsWith("flag export-denylist: object at " + expected), error.getMessage());
    }
}
