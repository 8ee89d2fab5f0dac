// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.event.JsonWriter;

/** Messages as JSON, in the form of the export file. */
final class JsonMessage extends MessageWriter {
    private final JsonWriter out;

    JsonMessage(JsonWriter out) {
        this.out = out;
    }

    @Override
    int begin(int field, String name) {
        out.name(name).beginObject();
        return 0;
    }

    @Override
    void end(int mark) {
        out.endObject();
    }

    @Override
    void beginList(String name) {
        out.name(name).beginArray();
    }

    @Override
    int beginElement(int field) {
        out.beginObject();
        return 0;
    }

    @Override
    void endList() {
        out.endArray();
    }

    @Override
    int beginEnums(int field, String name) {
        out.name(name).beginArray();
        return 0;
    }

    @Override
    void enumElement(int number, String word) {
        out.string(word);
    }

    @Override
    void endEnums(int mark) {
        out.endArray();
    }

    @Override
    void string(int field, String name, String value) {
        if (!value.isEmpty()) {
            out.name(name).string(value);
        }
    }

    @Override
    void stringElement(int field, String value) {
        out.string(value);
    }

    @Override
    void text(int field, String name, byte[] bytes, int offset, int count) {
        if (count != 0) {
            out.name(name).text(bytes, offset, count);
        }
    }

    @Override
    void uint32(int field, String name, int value) {
        if (value != 0) {
            out.name(name).unsigned(value);
        }
    }

    @Override
    void uint64(int field, String name, long value) {
        if (value != 0) {
            out.name(name).unsignedLongString(value);
        }
    }

    @Override
    void bool(int field, String name, boolean value) {
        if (value) {
            out.name(name).bool(true);
        }
    }

    @Override
    void enumeration(int field, String name, int number, String word) {
        if (number != 0) {
            enumMember(field, name, number, word);
        }
    }

    @Override
    void stringMember(int field, String name, String value) {
        out.name(name).string(value);
    }

    @Override
    void textMember(int field, String name, byte[] bytes, int offset, int count) {
        out.name(name).text(bytes, offset, count);
    }

    @Override
    void bytesMember(int field, String name, byte[] bytes, int offset, int count) {
        out.name(name).base64(bytes, offset, count);
    }

    @Override
    void int32Member(int field, String name, int value) {
        out.name(name).number(value);
    }

    @Override
    void uint32Member(int field, String name, int value) {
        out.name(name).unsigned(value);
    }

    @Override
    void int64Member(int field, String name, long value) {
        out.name(name).longString(value);
    }

    @Override
    void uint64Member(int field, String name, long value) {
        out.name(name).unsignedLongString(value);
    }

    @Override
    void enumMember(int field, String name, int number, String word) {
        out.name(name);
        if (word.isEmpty()) {
            out.number(number);
        } else {
            out.string(word);
        }
    }

    @Override
    void int32Value(int field, String name, int value) {
        out.name(name).number(value);
    }

    @Override
    void uint32Value(int field, String name, int value) {
        out.name(name).unsigned(value);
    }

    @Override
    void boolValue(int field, String name, boolean value) {
        out.name(name).bool(value);
    }
}
