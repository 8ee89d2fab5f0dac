// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.bpf.btf.Btf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The object of {@code src/test/bpf/engine.bpf.c}: a hook that a test describes, and then makes calls to. Arguments are two
 * 64-bit integers and a text, in this order.
 */
final class Engine implements AutoCloseable {
    static final int TEXT = 2;
    static final int RETURN = 5;
    private static final int ARGUMENT_AT_RETURN = 2;
    private static final int ARGUMENT_SIGNED = 8;
    private static final int TEXT_PARAMETER = 6;
    private static final int AREA = 4608;
    private static final List<String> OPTIONAL_MAPS = List.of("hook_texts", "hook_long_texts", "hook_substrings",
            "hook_numbers", "hook_addresses", "hook_rates", "hook_calls", "policy_conf", "policy_socks", "enforcer_data",
            "enforcer_conf");

    private final Arguments.Layouts layouts;
    private final BpfObject object;
    private final ByteBuffer config;
    private final Map<String, List<BpfMap.Entry>> entries = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private String selector = "selector";
    private RingBuffer ring;

    /** Opens the object; skips the test where that is not possible. */
    Engine() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "not run by root");
        byte[] elf = Files.readAllBytes(Path.of("target", "test-classes", "bpf", "engine.bpf.o"));
        layouts = new Arguments.Layouts(Btf.ofElf(elf));
        object = BpfObject.open(elf, "engine");
        config = ByteBuffer.allocate(layouts.size("hook_config")).order(ByteOrder.LITTLE_ENDIAN);
        argument(0, "KIND_INTEGER", 0);
        argument(1, "KIND_INTEGER", 1);
        argument(TEXT, "KIND_STRING", TEXT_PARAMETER);
        set("hook_config", 0, "arguments", 3);
        set("hook_config", 0, "op", 13);
    }

    private void argument(int slot, String kind, int parameter) {
        set("argument", slot, "kind", layouts.constant("hook_kind", kind));
        set("argument", slot, "index", parameter);
        set("argument", slot, "width", Long.BYTES);
        set("argument", slot, "flags", ARGUMENT_SIGNED);
        set("argument", slot, "size_parameter", 0xff);
        set("argument", slot, "limit", 4096);
        set("argument", slot, "area", slot == TEXT ? AREA : 0);
    }

    /** Makes the text a buffer, of the size that calls say. */
    Engine buffer() {
        argument(TEXT, "KIND_CHAR_BUF", TEXT_PARAMETER);
        set("argument", TEXT, "size_parameter", 2);
        return this;
    }

    /** Events have two halves; these arguments belong to the second. */
    Engine returns(int... slots) {
        set("hook_config", 0, "flags", 2);
        argument(RETURN, "KIND_INTEGER", 0);
        set("argument", RETURN, "source", layouts.constant("hook_source", "SOURCE_RETURN"));
        for (int slot : slots) {
            set("argument", slot, "flags", ARGUMENT_AT_RETURN | ARGUMENT_SIGNED);
        }
        entries.putIfAbsent("hook_calls", new ArrayList<>());
        return this;
    }

    /** Adds a selector, which the filters and actions that follow belong to. */
    Engine selector() {
        int number = counts.merge("selectors", 1, Integer::sum) - 1;
        set("hook_config", 0, "selectors", number + 1);
        for (String pool : List.of("filter", "action")) {
            set("selector", number, "first_" + pool, count(pool));
        }
        return this;
    }

    /** The filters that follow are the selector's on the return. */
    Engine atReturn() {
        set("selector", count("selectors") - 1, "first_return_filter", count("filter"));
        selector = "return";
        return this;
    }

    /** Adds a filter on an argument, to be completed with values. */
    Engine filter(int slot, String operator, int flags) {
        int number = counts.merge("filter", 1, Integer::sum) - 1;
        String filters = selector.equals("return") ? "return_filters" : "filters";
        int first = count(filters + count("selectors"));
        counts.put(filters + count("selectors"), first + 1);
        set("selector", count("selectors") - 1, filters, first + 1);
        set("filter", number, "slot", slot);
        set("filter", number, "operator", layouts.constant("hook_operator", "OPERATOR_" + operator));
        set("filter", number, "flags", flags);
        set("filter", number, "key", number + 1);
        return this;
    }

    /** Adds to the last filter an element of a pool: of numbers or ranges. */
    Engine value(String pool, long... values) {
        int filter = count("filter") - 1;
        int number = counts.merge(pool, 1, Integer::sum) - 1;
        if (counts.merge("values" + filter, 1, Integer::sum) == 1) {
            set("filter", filter, "first", number);
        }
        set("filter", filter, "count", count("values" + filter));
        int at = layouts.field("hook_config", pool).offset() + number * values.length * Long.BYTES;
        for (long value : values) {
            config.putLong(at, value);
            at += Long.BYTES;
        }
        return this;
    }

    Engine mask(long bits) {
        config.putLong(at("filter", count("filter") - 1, "value"), bits);
        return this;
    }

    /** Adds an operation to the last filter's expression. */
    Engine cel(String operation, int slot, long literal) {
        value("cel", layouts.constant("hook_cel_operation", "CEL_" + operation) | (long) slot << 32, literal);
        return this;
    }

    /** Adds a number to the last filter's set. */
    Engine number(long value) {
        ByteBuffer key = little(16).putInt(count("filter")).putInt(0).putLong(value);
        return entry("hook_numbers", key.array(), new byte[1]);
    }

    /** Adds a text to the last filter: exact ones end in a NUL, postfixes are in reverse. */
    Engine text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int filter = count("filter") - 1;
        set("filter", filter, "longest", bytes.length);
        ByteBuffer key = little(layouts.size("hook_text_key")).putInt(16 + 8 * bytes.length)
                .putShort((short) (filter + 1)).put(bytes);
        return entry("hook_texts", key.array(), new byte[1]);
    }

    Engine longText(String text, boolean prefix) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer value = little(layouts.size("hook_long_text")).putShort((short) count("filter"))
                .putShort((short) (prefix ? 1 : 0)).putInt(bytes.length).put(bytes);
        return element("hook_long_texts", value.array());
    }

    Engine substring(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return element("hook_substrings", little(layouts.size("hook_substring")).putInt(bytes.length).put(bytes).array());
    }

    private Engine element(String map, byte[] value) {
        int index = entries.containsKey(map) ? entries.get(map).size() : 0;
        int filter = count("filter") - 1;
        if (counts.merge("values" + filter, 1, Integer::sum) == 1) {
            set("filter", filter, "first", index);
        }
        set("filter", filter, "count", count("values" + filter));
        return entry(map, Helpers.key(index), value);
    }

    /** Adds an action to the last selector, once in so many seconds where that is not 0. */
    Engine action(String kind, int seconds) {
        int number = counts.merge("action", 1, Integer::sum) - 1;
        set("selector", count("selectors") - 1, "actions", number + 1);
        set("action", number, "kind", layouts.constant("hook_action_kind", "ACTION_" + kind));
        set("action", number, "seconds", seconds);
        if (seconds > 0) {
            entries.putIfAbsent("hook_rates", new ArrayList<>());
        }
        return this;
    }

    private Engine entry(String map, byte[] key, byte[] value) {
        entries.computeIfAbsent(map, m -> new ArrayList<>()).add(new BpfMap.Entry(key, value));
        return this;
    }

    /** Loads the hook as it is described. */
    Engine load() {
        OPTIONAL_MAPS.stream().filter(map -> !entries.containsKey(map))
                .forEach(map -> object.map(map).setAutocreate(false));
        entries.forEach((map, list) -> {
            if (!map.equals("hook_calls")) {
                object.map(map).setMaxEntries(Math.max(64, list.size()));
            }
        });
        object.map("hook_stats").setMaxEntries(Math.max(1, count("selectors")));
        object.program("end_call").setAutoload(entries.containsKey("hook_calls"));
        object.setConstant("hook", config.array());
        object.load();
        entries.forEach((map, list) -> list.forEach(
                entry -> object.map(map).update(entry.key(), entry.value(), BpfMap.ANY)));
        ring = RingBuffer.open(object.map("events"));
        return this;
    }

    /** Sets the text that calls are given. */
    void say(String text) {
        object.map("text").update(Helpers.key(0),
                little(4096).put(text.getBytes(StandardCharsets.ISO_8859_1)).array(), BpfMap.ANY);
    }

    void begin(long first, long second, long size, int attachment, long stack) {
        run("begin_call", first, second, size, attachment, stack, 0);
    }

    void end(long result, int attachment, long stack) {
        run("end_call", 0, 0, 0, attachment, stack, result);
    }

    private void run(String program, long... context) {
        ByteBuffer b = little(context.length * Long.BYTES);
        for (long value : context) {
            b.putLong(value);
        }
        object.program(program).testRun(new byte[0], 0, b.array());
    }

    /**
     * Returns the records since the last time: selector, then each argument as {@code slot:value}; {@code return} in front of
     * a second half, {@code never} where the event is to be forgotten, {@code lost} where no second half will come.
     */
    List<String> records() {
        List<String> records = new ArrayList<>();
        ring.drain(r -> {
            ByteBuffer b = little(r.length());
            for (int i = 0; i < r.length(); i++) {
                b.put(r.getByte(i));
            }
            records.add(describe(b));
        }, Integer.MAX_VALUE);
        return records;
    }

    private String describe(ByteBuffer b) {
        assertEquals(b.limit(), b.getInt(4), "the size that the record says");
        StringBuilder words = new StringBuilder();
        boolean second = (b.get(1) & 1) != 0;
        boolean never = b.get(field("action")) == layouts.constant("hook_action_kind", "ACTION_NO_POST");
        words.append(second ? never ? "never " : "return " : (b.get(1) & 0x40) != 0 ? "lost " : "");
        words.append(b.get(field("selector")));
        int at = layouts.size("msg_generic");
        for (int i = b.get(field("arguments")); i > 0; i--) {
            int fixed = b.getShort(at + 2);
            int size = b.getInt(at + 8);
            words.append(' ').append(b.get(at)).append(':');
            if (b.getInt(at + 4) != 0) {
                words.append('!').append(b.getInt(at + 4));
            } else if (size == 0 && fixed == Long.BYTES) {
                words.append(b.getLong(at + 16));
            } else {
                words.append(new String(b.array(), at + 16 + fixed, size, StandardCharsets.ISO_8859_1));
            }
            at += 16 + fixed + size;
        }
        assertEquals(b.limit(), at, "nothing is left");
        return words.toString();
    }

    private int field(String name) {
        return layouts.field("msg_generic", name).offset();
    }

    /** Returns the sum over the processors of a counter. */
    long counter(int selectorNumber, String name) {
        return sum("hook_stats", selectorNumber, layouts.size("hook_counters"),
                layouts.field("hook_counters", name).offset());
    }

    /** Returns how often something was missed for a reason, as {@code enum hook_account} numbers them. */
    long missed(int reason) {
        return sum("hook_accounts", reason, Long.BYTES, 0);
    }

    private long sum(String map, int index, int size, int offset) {
        ByteBuffer all = ByteBuffer.wrap(object.map(map).lookup(Helpers.key(index)).orElseThrow())
                .order(ByteOrder.LITTLE_ENDIAN);
        long sum = 0;
        for (int at = offset; at < all.limit(); at += size) {
            sum += all.getLong(at);
        }
        return sum;
    }

    private int count(String what) {
        return counts.getOrDefault(what, 0);
    }

    private int at(String pool, int index, String name) {
        if (pool.equals("hook_config")) {
            return layouts.field(pool, name).offset();
        }
        return layouts.field("hook_config", pool).offset() + index * layouts.size("hook_" + pool)
                + layouts.field("hook_" + pool, name).offset();
    }

    private void set(String pool, int index, String name, int value) {
        int at = at(pool, index, name);
        String struct = pool.equals("hook_config") ? pool : "hook_" + pool;
        switch (layouts.field(struct, name).size()) {
            case Byte.BYTES -> config.put(at, (byte) value);
            case Short.BYTES -> config.putShort(at, (short) value);
            default -> config.putInt(at, value);
        }
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        if (ring != null) {
            ring.close();
        }
        object.close();
    }
}
