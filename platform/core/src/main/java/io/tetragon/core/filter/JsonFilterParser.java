// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Reads the filters of flags such as {@code export-allowlist}: JSON objects that follow each other, in protobuf's JSON
 * mapping, with the field names of the API or their lower camel case.
 */
public final class JsonFilterParser implements FilterParser {
    @Override
    public List<Filter> parse(String flag, String text) throws TetragonException {
        return parse(flag, text, Filter::newBuilder, Filter.class);
    }

    /** Reads the objects of {@code field-filters}; the parameters and failures are those of {@link #parse}. */
    public List<FieldFilter> parseFieldFilters(String flag, String text) throws TetragonException {
        return parse(flag, text, FieldFilter::newBuilder, FieldFilter.class);
    }

    private static <T extends Message> List<T> parse(
            String flag, String text, Supplier<? extends Message.Builder> builders, Class<T> type)
            throws TetragonException {
        List<T> parsed = new ArrayList<>();
        int at = skipSpace(text, 0);
        while (at < text.length()) {
            int end = objectEnd(text, at);
            if (end < 0) {
                String why = text.charAt(at) == '{' ? "the object has no end" : "expected a JSON object";
                throw error(flag, text, at, why);
            }
            Message.Builder builder = builders.get();
            try {
                JsonFormat.parser().merge(text.substring(at, end), builder);
            } catch (InvalidProtocolBufferException e) {
                throw error(flag, text, at, String.valueOf(e.getMessage()));
            }
            parsed.add(type.cast(builder.build()));
            at = skipSpace(text, end);
        }
        return parsed;
    }

    /** Returns the offset behind the object that begins at {@code start}, -1 if there is none or it does not end. */
    private static int objectEnd(String text, int start) {
        if (text.charAt(start) != '{') {
            return -1;
        }
        int depth = 0;
        boolean quoted = false;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                i += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return i + 1;
            }
        }
        return -1;
    }

    private static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static TetragonException error(String flag, String text, int at, String why) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < at; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        String where = "object at line " + line + ", column " + (at - lineStart + 1);
        return new TetragonException(
                TetragonException.Kind.INVALID_ARGUMENT, "flag " + flag, where + ": " + why, "correct the flag's JSON");
    }
}
