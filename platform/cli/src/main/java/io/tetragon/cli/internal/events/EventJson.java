// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes messages as the export file has them: names of the proto file in the order of their
 * declaration, unset and zero fields left out, wrappers always written, 64-bit integers as strings,
 * nothing escaped but what JSON demands. {@code JsonFormat} differs in the last point.
 */
public final class EventJson {
    private static final String HEX = "0123456789abcdef";

    private EventJson() {}

    /** Appends the message without a line end. */
    public static void write(Message message, StringBuilder out) {
        Descriptor type = message.getDescriptorForType();
        if (type.getFile().getPackage().equals("google.protobuf")) {
            writeWellKnown(message, type, out);
            return;
        }
        char separator = '{';
        for (FieldDescriptor field : type.getFields()) {
            if (field.isRepeated() ? message.getRepeatedFieldCount(field) == 0 : !message.hasField(field)) {
                continue;
            }
            out.append(separator);
            separator = ',';
            string(field.getName(), out);
            out.append(':');
            if (field.isMapField()) {
                map(field, message, out);
            } else if (field.isRepeated()) {
                list(field, message, out);
            } else {
                value(field, message.getField(field), out);
            }
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    /** Appends a string literal with its quotes. */
    public static void string(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /** RFC 3339 in UTC with 0, 3, 6 or 9 digits, whichever is exact. */
    static void timestamp(Timestamp time, StringBuilder out) {
        int nanos = time.getNanos();
        int digits = nanos == 0 ? 0 : nanos % 1_000_000 == 0 ? 3 : nanos % 1_000 == 0 ? 6 : 9;
        timestamp(time, digits, out);
    }

    /** RFC 3339 in UTC with this many digits after the second, 0 to 9. */
    static void timestamp(Timestamp time, int digits, StringBuilder out) {
        LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getSeconds(), 0, ZoneOffset.UTC);
        padded(utc.getYear(), 4, out);
        padded(utc.getMonthValue(), 2, out.append('-'));
        padded(utc.getDayOfMonth(), 2, out.append('-'));
        padded(utc.getHour(), 2, out.append('T'));
        padded(utc.getMinute(), 2, out.append(':'));
        padded(utc.getSecond(), 2, out.append(':'));
        if (digits > 0) {
            int start = out.length() + 1;
            padded(time.getNanos(), 9, out.append('.'));
            out.setLength(start + digits);
        }
        out.append('Z');
    }

    // java.time's formatter and String.format would load locale data: 30 ms of a short command.
    private static void padded(int number, int width, StringBuilder out) {
        String text = Integer.toString(number);
        for (int i = text.length(); i < width; i++) {
            out.append('0');
        }
        out.append(text);
    }

    private static void writeWellKnown(Message message, Descriptor type, StringBuilder out) {
        if (message instanceof Timestamp time) {
            out.append('"');
            timestamp(time, out);
            out.append('"');
            return;
        }
        List<FieldDescriptor> fields = type.getFields();
        if (fields.size() != 1 || !fields.get(0).getName().equals("value")) {
            throw new IllegalArgumentException("no event holds a " + type.getFullName());
        }
        value(fields.get(0), message.getField(fields.get(0)), out);
    }

    private static void list(FieldDescriptor field, Message message, StringBuilder out) {
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
            out.append(i == 0 ? '[' : ',');
            value(field, message.getRepeatedField(field, i), out);
        }
        out.append(']');
    }

    private static void map(FieldDescriptor field, Message message, StringBuilder out) {
        FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
        FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
        TreeMap<String, Object> sorted = new TreeMap<>();
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
            Message entry = (Message) message.getRepeatedField(field, i);
            sorted.put(entry.getField(key).toString(), entry.getField(value));
        }
        char separator = '{';
        for (Map.Entry<String, Object> entry : sorted.entrySet()) {
            out.append(separator);
            separator = ',';
            string(entry.getKey(), out);
            out.append(':');
            value(value, entry.getValue(), out);
        }
        out.append('}');
    }

    private static void value(FieldDescriptor field, Object value, StringBuilder out) {
        switch (field.getType()) {
            case STRING -> string((String) value, out);
            case BYTES -> {
                byte[] bytes = ((ByteString) value).toByteArray();
                out.append('"').append(Base64.getEncoder().encodeToString(bytes)).append('"');
            }
            case MESSAGE, GROUP -> write((Message) value, out);
            case ENUM -> {
                EnumValueDescriptor constant = (EnumValueDescriptor) value;
                if (constant.getIndex() < 0) {
                    out.append(constant.getNumber());
                } else {
                    string(constant.getName(), out);
                }
            }
            case UINT32, FIXED32 -> out.append(Integer.toUnsignedString((Integer) value));
            case UINT64, FIXED64 ->
                    out.append('"').append(Long.toUnsignedString((Long) value)).append('"');
            case INT64, SINT64, SFIXED64 -> out.append('"').append(value).append('"');
            default -> out.append(value);
        }
    }
}
