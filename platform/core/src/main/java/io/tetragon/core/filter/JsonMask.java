// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import org.jspecify.annotations.Nullable;

/**
 * Takes members out of an event in JSON, in place, as {@link WireMask} does in protobuf. Used once, by one thread, on text
 * of {@code JsonWriter}, which has no space between tokens.
 */
final class JsonMask {
    private final byte[] text;
    private final int length;
    private final boolean include;
    private int in;
    private int out;

    JsonMask(byte[] text, int length, boolean include) {
        this.text = text;
        this.length = length;
        this.include = include;
    }

    /** Applies a mask to the event, which is the first member of the object, and returns the new length. */
    int apply(FieldTree fields) {
        if (length > 1 && text[1] == '"') {
            in = 1;
            skipString();
            in++;
            out = in;
            value(fields);
        }
        int rest = length - in;
        System.arraycopy(text, in, text, out, rest);
        return out + rest;
    }

    private void value(FieldTree fields) {
        switch (text[in]) {
            case '{' -> object(fields);
            case '[' -> array(fields);
            default -> copyValue();
        }
    }

    private void object(FieldTree fields) {
        text[out++] = text[in++];
        boolean first = true;
        while (text[in] != '}') {
            if (text[in] == ',') {
                in++;
            }
            int start = in;
            skipString();
            FieldTree child = fields.child(text, start + 1, in - 1);
            in++;
            boolean descends = child != null && !child.isWhole();
            if (!descends && !isKept(child)) {
                skipValue();
                continue;
            }
            if (!first) {
                text[out++] = ',';
            }
            first = false;
            copy(start);
            if (child != null && descends) {
                value(child);
            } else {
                copyValue();
            }
        }
        text[out++] = text[in++];
    }

    private boolean isKept(@Nullable FieldTree child) {
        return include == (child != null);
    }

    private void array(FieldTree fields) {
        text[out++] = text[in++];
        while (text[in] != ']') {
            if (text[in] == ',') {
                text[out++] = text[in++];
            }
            value(fields);
        }
        text[out++] = text[in++];
    }

    private void copyValue() {
        int start = in;
        skipValue();
        copy(start);
    }

    private void copy(int start) {
        System.arraycopy(text, start, text, out, in - start);
        out += in - start;
    }

    private void skipValue() {
        int depth = 0;
        while (true) {
            switch (text[in]) {
                case '"' -> {
                    skipString();
                    continue;
                }
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    if (depth == 0) {
                        return;
                    }
                    depth--;
                }
                case ',' -> {
                    if (depth == 0) {
                        return;
                    }
                }
                default -> { }
            }
            in++;
        }
    }

    private void skipString() {
        in++;
        while (text[in] != '"') {
            in += text[in] == '\\' ? 2 : 1;
        }
        in++;
    }
}
