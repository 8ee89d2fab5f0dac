// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.event.ProtoWriter;
import java.nio.charset.StandardCharsets;

/** Messages in protobuf's wire format. */
final class ProtoMessage extends MessageWriter {
    private final ProtoWriter out;

    ProtoMessage(ProtoWriter out) {
        this.out = out;
    }

    @Override
    int begin(int field, String name) {
        return out.begin(field);
    }

    @Override
    void end(int mark) {
        out.end(mark);
    }

    @Override
    void beginList(String name) {
        // A list is nothing but its elements.
    }

    @Override
    int beginElement(int field) {
        return out.begin(field);
    }

    @Override
    void endList() {
        // As above.
    }

    @Override
    int beginEnums(int field, String name) {
        return out.begin(field);
    }

    @Override
    void enumElement(int number, String word) {
        out.packed(number);
    }

    @Override
    void endEnums(int mark) {
        out.end(mark);
    }

    @Override
    void string(int field, String name, String value) {
        out.string(field, value);
    }

    @Override
    void stringElement(int field, String value) {
        out.bytesElement(field, value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    void text(int field, String name, byte[] bytes, int offset, int count) {
        if (count != 0) {
            out.textElement(field, bytes, offset, count);
        }
    }

    @Override
    void uint32(int field, String name, int value) {
        out.varint(field, Integer.toUnsignedLong(value));
    }

    @Override
    void uint64(int field, String name, long value) {
        out.varint(field, value);
    }

    @Override
    void bool(int field, String name, boolean value) {
        out.bool(field, value);
    }

    @Override
    void enumeration(int field, String name, int number, String word) {
        out.varint(field, number);
    }

    @Override
    void stringMember(int field, String name, String value) {
        stringElement(field, value);
    }

    @Override
    void textMember(int field, String name, byte[] bytes, int offset, int count) {
        out.textElement(field, bytes, offset, count);
    }

    @Override
    void bytesMember(int field, String name, byte[] bytes, int offset, int count) {
        out.bytesElement(field, bytes, offset, count);
    }

    @Override
    void int32Member(int field, String name, int value) {
        out.element(field, value);
    }

    @Override
    void uint32Member(int field, String name, int value) {
        out.element(field, Integer.toUnsignedLong(value));
    }

    @Override
    void int64Member(int field, String name, long value) {
        out.element(field, value);
    }

    @Override
    void uint64Member(int field, String name, long value) {
        out.element(field, value);
    }

    @Override
    void enumMember(int field, String name, int number, String word) {
        out.element(field, number);
    }

    @Override
    void int32Value(int field, String name, int value) {
        out.wrapper(field, value);
    }

    @Override
    void uint32Value(int field, String name, int value) {
        out.wrapper(field, Integer.toUnsignedLong(value));
    }

    @Override
    void boolValue(int field, String name, boolean value) {
        out.wrapper(field, value ? 1 : 0);
    }
}
