// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.api.TetragonException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields of a perf tracepoint's record, in the order of its {@code format} file, which is the order that policies count
 * in: the common ones first. Immutable.
 */
public record TracepointFormat(List<Field> fields) {
    private static final Pattern LINE = Pattern.compile(
            "\\s*field:([^;]{1,512});\\s*offset:([0-9]{1,9});\\s*size:([0-9]{1,9});(?:\\s*signed:([01]);)?\\s*");
    private static final Pattern DECLARATION =
            Pattern.compile("(.*?)\\s*\\b([A-Za-z_][A-Za-z0-9_]*)\\s*(?:\\[([^\\]]*)])?");
    private static final String DATA_LOC = "__data_loc ";
    private static final String REL_LOC = "__rel_loc ";

    public TracepointFormat {
        fields = List.copyOf(fields);
    }

    /**
     * A field.
     *
     * @param type as C spells it, without the brackets of an array, {@code __data_loc} and {@code __rel_loc}
     * @param offset bytes from the beginning of the record
     * @param size bytes in the record; of texts that lie behind it those of their descriptor
     * @param dataLoc whether the field says where a text lies, counted from the beginning of the record
     * @param relLoc whether the field says where a text lies, counted from the end of the field
     * @param array whether it is an array of fixed length
     */
    public record Field(
            String name, String type, int offset, int size, boolean signed, boolean dataLoc, boolean relLoc,
            boolean array) {}

    /**
     * Reads the text of a {@code format} file in tracefs.
     *
     * @throws TetragonException UNSUPPORTED when it has no fields or one that cannot be read
     */
    public static TracepointFormat parse(String text) throws TetragonException {
        List<Field> fields = new ArrayList<>();
        for (String line : text.split("\n")) {
            if (line.strip().startsWith("field:")) {
                fields.add(field(line));
            }
        }
        if (fields.isEmpty()) {
            throw unreadable("it has no fields");
        }
        return new TracepointFormat(fields);
    }

    private static Field field(String line) throws TetragonException {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw unreadable("no field in \"" + line.strip() + "\"");
        }
        String declared = matcher.group(1).strip();
        boolean dataLoc = declared.startsWith(DATA_LOC);
        boolean relLoc = declared.startsWith(REL_LOC);
        Matcher declaration = DECLARATION.matcher(declared);
        if (!declaration.matches()) {
            throw unreadable("no name in \"" + declared + "\"");
        }
        String type = declaration.group(1).replace("[]", "").strip();
        if (dataLoc || relLoc) {
            type = type.substring(type.indexOf(' ') + 1);
        }
        return new Field(declaration.group(2), type, Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)), "1".equals(matcher.group(4)), dataLoc, relLoc,
                declaration.group(3) != null);
    }

    private static TetragonException unreadable(String why) {
        return new TetragonException(TetragonException.Kind.UNSUPPORTED, "read the format of a tracepoint", why, "");
    }
}
