// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A message of the agent's interface by its field numbers, so that a test also breaks when those change. */
public final class Wire {
    private final UnknownFieldSet fields;

    private Wire(UnknownFieldSet fields) {
        this.fields = fields;
    }

    /** Takes a message apart. */
    public static Wire of(byte[] message) {
        try {
            return new Wire(UnknownFieldSet.parseFrom(message));
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text; empty when the field is absent. */
    public String text(int number) {
        return texts(number).stream().findFirst().orElse("");
    }

    public List<String> texts(int number) {
        return bytes(number).stream().map(ByteString::toStringUtf8).toList();
    }

    /** A number, boolean or enum; 0 when the field is absent. */
    public long number(int number) {
        return fields.getField(number).getVarintList().stream().findFirst().orElse(0L);
    }

    /** A message within this one; an empty one when the field is absent. */
    public Wire message(int number) {
        return messages(number).stream().findFirst().orElseGet(() -> of(new byte[0]));
    }

    public List<Wire> messages(int number) {
        return bytes(number).stream().map(bytes -> of(bytes.toByteArray())).toList();
    }

    private List<ByteString> bytes(int number) {
        return fields.getField(number).getLengthDelimitedList();
    }

    /** Builds a message to send. */
    public static final class Builder {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        /** Adds a text; an empty one is as good as none. */
        public Builder text(int number, String value) {
            if (!value.isEmpty()) {
                write(out -> out.writeString(number, value));
            }
            return this;
        }

        /** Adds a number, boolean or enum, 0 too: some fields tell absent from 0. */
        public Builder number(int number, long value) {
            write(out -> out.writeInt64(number, value));
            return this;
        }

        /** Adds a message. */
        public Builder message(int number, Builder message) {
            write(out -> out.writeByteArray(number, message.build()));
            return this;
        }

        public byte[] build() {
            return bytes.toByteArray();
        }

        private interface Field {
            void writeTo(CodedOutputStream out) throws IOException;
        }

        private void write(Field field) {
            try {
                CodedOutputStream out = CodedOutputStream.newInstance(bytes);
                field.writeTo(out);
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
