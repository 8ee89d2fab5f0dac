// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

/**
 * Writes the fields of messages as JSON members or as protobuf fields, so that the messages of thirty kinds of arguments are
 * spelled once. Plain fields with their default value are left out; members of a oneof and wrappers appear even then.
 */
abstract sealed class MessageWriter permits JsonMessage, ProtoMessage {
    /** Opens a message; the result goes to {@link #end}. */
    abstract int begin(int field, String name);

    abstract void end(int mark);

    /** Opens a list of messages. */
    abstract void beginList(String name);

    /** Opens an element of the open list; the result goes to {@link #end}. */
    abstract int beginElement(int field);

    abstract void endList();

    /** Opens a list of enumeration values; the result goes to {@link #endEnums}. */
    abstract int beginEnums(int field, String name);

    abstract void enumElement(int number, String word);

    abstract void endEnums(int mark);

    abstract void string(int field, String name, String value);

    abstract void stringElement(int field, String value);

    /** Writes text that may be anything. */
    abstract void text(int field, String name, byte[] bytes, int offset, int count);

    abstract void uint32(int field, String name, int value);

    abstract void uint64(int field, String name, long value);

    abstract void bool(int field, String name, boolean value);

    /** Writes an enumeration value that is not 0; one without a word goes by its number. */
    abstract void enumeration(int field, String name, int number, String word);

    abstract void stringMember(int field, String name, String value);

    abstract void textMember(int field, String name, byte[] bytes, int offset, int count);

    abstract void bytesMember(int field, String name, byte[] bytes, int offset, int count);

    abstract void int32Member(int field, String name, int value);

    abstract void uint32Member(int field, String name, int value);

    abstract void int64Member(int field, String name, long value);

    abstract void uint64Member(int field, String name, long value);

    /** Writes an enumeration value; one without a word, that is an empty one, goes by its number. */
    abstract void enumMember(int field, String name, int number, String word);

    /** Writes an Int32Value. */
    abstract void int32Value(int field, String name, int value);

    /** Writes a UInt32Value. */
    abstract void uint32Value(int field, String name, int value);

    /** Writes a BoolValue. */
    abstract void boolValue(int field, String name, boolean value);
}
