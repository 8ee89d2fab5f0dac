// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

import io.tetragon.bpf.btf.BtfType;
import io.tetragon.bpf.btf.RecordLayout;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the Java side of a C struct or enumeration: a final class of constants.
 *
 * <p>A struct gives {@code SIZE}, one offset per field in capitals ({@code key_pid} becomes {@code KEY_PID}) and, for
 * an array, its length in bytes as {@code NAME_SIZE}. A field whose constant would be one of these sizes, such as a
 * field called {@code size}, gets an underscore at its end.
 */
final class ConstantsWriter {
    private final String packageName;

    ConstantsWriter(String packageName) {
        this.packageName = packageName;
    }

    String record(String className, RecordLayout layout) throws BuildException {
        Map<String, Long> constants = new LinkedHashMap<>();
        constants.put("SIZE", (long) layout.size());
        for (RecordLayout.Field field : layout.fields()) {
            if (field.array() && field.size() > 0) {
                constants.put(capitals(field) + "_SIZE", (long) field.size());
            }
        }
        StringBuilder body = new StringBuilder();
        body.append(constant("Bytes of the whole struct.", "int", "SIZE", String.valueOf(layout.size())));
        for (RecordLayout.Field field : layout.fields()) {
            String name = capitals(field);
            if (constants.containsKey(name)) {
                name += "_";
            }
            if (constants.put(name, (long) field.offset()) != null) {
                throw new BuildException("struct " + layout.name() + ": two fields would become " + name
                        + " in " + className + ": rename one");
            }
            body.append(constant("Offset of {@code " + field.name() + "}.", "int", name,
                    String.valueOf(field.offset())));
            if (field.array() && field.size() > 0) {
                body.append(constant("Bytes of {@code " + field.name() + "}.", "int", capitals(field) + "_SIZE",
                        String.valueOf(field.size())));
            }
        }
        return file("Layout of {@code struct " + layout.name() + "}: offsets and lengths in bytes.", className,
                body);
    }

    /** Up to four bytes wide the bits are taken as an int: compilers before clang 15 do not tell the signedness. */
    String enumeration(String className, BtfType.Enum enumeration) {
        boolean wide = enumeration.size() > 4;
        StringBuilder body = new StringBuilder();
        for (BtfType.Constant constant : enumeration.constants()) {
            body.append(constant("", wide ? "long" : "int", constant.name(),
                    wide ? constant.value() + "L" : String.valueOf((int) constant.value())));
        }
        return file("The constants of {@code enum " + enumeration.name() + "}.", className, body);
    }

    private static String capitals(RecordLayout.Field field) {
        return field.name().toUpperCase(Locale.ROOT);
    }

    private static String constant(String doc, String type, String name, String value) {
        return (doc.isEmpty() ? "" : "    /** " + doc + " */\n")
                + "    public static final " + type + " " + name + " = " + value + ";\n";
    }

    private String file(String doc, String className, StringBuilder body) {
        return "// Generated from the type information of a compiled BPF object; the C header is the source.\n"
                + "package " + packageName + ";\n\n"
                + "/** " + doc + " */\n"
                + "public final class " + className + " {\n"
                + body
                + "\n    private " + className + "() {\n    }\n}\n";
    }
}
