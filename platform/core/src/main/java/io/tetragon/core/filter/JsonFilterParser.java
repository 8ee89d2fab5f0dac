// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Reads the filters of flags such as {@code export-allowlist}: JSON objects that follow each other, in protobuf's JSON
 * mapping, with the field names of the API or their lower camel case.
 */
public final class JsonFilterParser implements FilterParser {
    /** Refuses what the agent cannot honour. */
    @FunctionalInterface
    private interface Check<T> {
        void check(T filter) throws TetragonException;
    }

    private final Set<EventType> withAncestors;

    /** Makes a parser for an agent whose events have no ancestors. */
    public JsonFilterParser() {
        this(Set.of());
    }

    /** @param withAncestors types of events that carry ancestors, see {@link EventFilter#compile(List, List, Set)} */
    public JsonFilterParser(Set<EventType> withAncestors) {
        this.withAncestors = Set.copyOf(withAncestors);
    }

    @Override
    public List<Filter> parse(String flag, String text) throws TetragonException {
        return parse(flag, text, Filter::newBuilder, Filter.class, this::check);
    }

    @Override
    public List<FieldFilter> parseFieldFilters(String flag, String text) throws TetragonException {
        return parse(flag, text, FieldFilter::newBuilder, FieldFilter.class,
                filter -> FieldMasks.compile(List.of(filter)));
    }

    private void check(Filter filter) throws TetragonException {
        EventFilter.compile(List.of(filter), List.of(), withAncestors);
    }

    private static <T extends Message> List<T> parse(
            String flag, String text, Supplier<? extends Message.Builder> builders, Class<T> type, Check<T> check)
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
            T filter = type.cast(builder.build());
            try {
                check.check(filter);
            } catch (TetragonException e) {
                throw error(flag, text, at, e.why());
            }
            parsed.add(filter);
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
