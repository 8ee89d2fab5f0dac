// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.bpf.btf.RecordLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * The object of {@code src/test/bpf/readers.bpf.c}, loaded as a hook with one argument of a kind, which reads what
 * {@code src/test/c/arguments.c} makes. Loaded in its constructor, and to be closed.
 */
final class Arguments implements AutoCloseable {
    static final int LIMIT = 4096;
    private static final long GETPPID = 110;
    private static final Path ARGUMENTS = Path.of("target", "arguments").toAbsolutePath();
    private static boolean built;

    private final BpfObject object;
    private final Layouts layouts;
    private final long token = ThreadLocalRandom.current().nextLong(1L << 32, Long.MAX_VALUE);
    private long calls;

    /** What a value is made into, as {@code enum subject} numbers them. */
    enum Subject {
        AS_IT_IS, FILE_OF_FD, PRIVATE_OF_FD, PATH_OF_FD, DENTRY_OF_FD, SOCK_OF_FD, CRED, USER_NAMESPACE, CAPABILITY_SET
    }

    /**
     * An argument as it was read.
     *
     * @param status 0, or a negative error
     * @param fixed the kind's structure
     * @param text its bytes
     * @param output of the process that the argument is from
     */
    record Argument(int status, ByteBuffer fixed, byte[] text, String output, Layouts layouts) {
        String string() {
            return new String(text, StandardCharsets.UTF_8);
        }

        /** Returns a field of the kind's structure, such as {@code arg_sock}. */
        long field(String struct, String name) {
            RecordLayout.Field field = layouts.field(struct, name);
            assertTrue(field.offset() + field.size() <= fixed.limit(), struct + " is not what was read");
            return switch (field.size()) {
                case Byte.BYTES -> fixed.get(field.offset()) & 0xffL;
                case Short.BYTES -> fixed.getShort(field.offset()) & 0xffffL;
                case Integer.BYTES -> fixed.getInt(field.offset()) & 0xffffffffL;
                default -> fixed.getLong(field.offset());
            };
        }

        byte[] bytes(String struct, String name) {
            RecordLayout.Field field = layouts.field(struct, name);
            byte[] bytes = new byte[field.size()];
            fixed.get(field.offset(), bytes);
            return bytes;
        }
    }

    /** Where the fields of the object's structures lie. */
    record Layouts(Btf btf) {
        RecordLayout.Field field(String struct, String name) {
            return RecordLayout.of(btf, struct).fields().stream().filter(f -> f.name().equals(name)).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("struct " + struct + " has no field " + name));
        }

        int size(String struct) {
            return RecordLayout.of(btf, struct).size();
        }

        int constant(String enumeration, String name) {
            int id = btf.find(enumeration, BtfType.Enum.class).orElseThrow();
            return Math.toIntExact(((BtfType.Enum) btf.type(id)).constants().stream()
                    .filter(v -> v.name().equals(name)).findFirst().orElseThrow().value());
        }
    }


    /** Loads the object with these members of {@code struct hook_argument}; skips the test where that is not possible. */
    Arguments(String kind, Map<String, Integer> members) throws IOException, InterruptedException {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "the number of getppid is that of x86-64");
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "not run by root");
        build();
        byte[] elf = Files.readAllBytes(Path.of("target", "test-classes", "bpf", "readers.bpf.o"));
        layouts = new Layouts(Btf.ofElf(elf));
        object = BpfObject.open(elf, "readers");
        try {
            object.setConstant("hook", configuration(kind, members));
            object.setConstant("token", token);
            object.setConstant("call_number", GETPPID);
            object.load();
            object.program("read_at_token").attach();
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    private static synchronized void build() throws IOException, InterruptedException {
        if (built) {
            return;
        }
        assertEquals("", run(List.of("clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-o",
                ARGUMENTS.toString(), Path.of("src", "test", "c", "arguments.c").toString())));
        built = true;
    }

    private byte[] configuration(String kind, Map<String, Integer> members) {
        ByteBuffer b = ByteBuffer.allocate(layouts.size("hook_config")).order(ByteOrder.LITTLE_ENDIAN);
        int argument = layouts.field("hook_config", "argument").offset();
        b.put(layouts.field("hook_config", "arguments").offset(), (byte) 1);
        b.putInt(argument + layouts.field("hook_argument", "limit").offset(), LIMIT);
        b.put(argument + layouts.field("hook_argument", "width").offset(), (byte) Long.BYTES);
        b.put(argument + layouts.field("hook_argument", "kind").offset(), (byte) layouts.constant("hook_kind", kind));
        members.forEach((name, value) -> {
            RecordLayout.Field field = layouts.field("hook_argument", name);
            int at = argument + field.offset();
            if (field.size() == Byte.BYTES) {
                b.put(at, value.byteValue());
            } else {
                b.putInt(at, value);
            }
        });
        return b.array();
    }

    BpfObject object() {
        return object;
    }

    Layouts layouts() {
        return layouts;
    }

    /** Returns what was read of a process that took these steps. */
    Argument read(Subject subject, String... steps) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ARGUMENTS.toString(), Long.toString(token),
                Integer.toString(subject.ordinal())));
        command.addAll(List.of(steps));
        String output = run(command);
        byte[] key = Helpers.key(0);
        calls++;
        assertEquals(calls, little(object.map("calls").lookup(key).orElseThrow()).getLong(), "calls looked at");
        return argument(little(object.map("call_map").lookup(key).orElseThrow()), output);
    }

    private Argument argument(ByteBuffer call, String output) {
        int slot = layouts.field("hook_call", "slot").offset();
        int area = layouts.field("hook_call", "area").offset();
        int status = call.getInt(slot + layouts.field("hook_slot", "status").offset());
        int size = call.getInt(slot + layouts.field("hook_slot", "text_size").offset());
        int at = call.getInt(slot + layouts.field("hook_slot", "text").offset());
        int fixed = call.getInt(slot + layouts.field("hook_slot", "fixed").offset());
        byte[] text = new byte[size];
        assertTrue(size <= LIMIT && at >= 8 && at + size <= 8 + LIMIT, "the text is within its room: " + at + " " + size);
        call.get(area + at, text);
        if (status != 0) {
            assertEquals(0, size + fixed, "an error leaves nothing else");
        }
        return new Argument(status, little(call.slice(slot + layouts.field("hook_slot", "data").offset(), fixed)), text,
                output, layouts);
    }

    private static ByteBuffer little(byte[] bytes) {
        return little(ByteBuffer.wrap(bytes));
    }

    private static ByteBuffer little(ByteBuffer buffer) {
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "cannot run " + command.get(0) + ": " + e.getMessage());
            throw e;
        }
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), command.stream().collect(Collectors.joining(" ")) + ": " + output);
        return output;
    }

    @Override
    public void close() {
        object.close();
    }
}
