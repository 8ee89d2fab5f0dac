// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.symbol;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The functions of the kernel and its modules, as {@code /proc/kallsyms} lists them: parallel arrays in the order of the
 * addresses, names in one array of bytes; 40 bytes a function, 3 to 6 MB in all. Immutable.
 */
public final class KernelSymbols {
    private static final int MAX_SYMBOLS = 1 << 20;
    private static final int MAX_NAMES = 32 << 20;
    private static final int MAX_LINE = 1024;
    private static final int MAX_MODULES = 1 << 15;
    /** Room for {@link #MAX_SYMBOLS} below an address in one number to sort by. */
    private static final int INDEX_BITS = 20;
    /** How far behind its start the last function of a module, or of all, may reach: nothing tells its end. */
    private static final long LAST_EXTENT = 8192;
    /** Marks of the places in front of functions; half of all symbols on some kernels. */
    private static final String[] PREFIXES = {"__pfx_", "__cfi_"};

    private final long[] addresses;
    /** Where in {@link #names} a name begins: its length in two bytes, then its bytes. */
    private final int[] nameAt;
    private final short[] module;
    private final byte[] names;
    private final String[] modules;

    private KernelSymbols(Builder b) {
        int[] order = b.order();
        addresses = new long[order.length];
        nameAt = new int[order.length];
        module = new short[order.length];
        for (int i = 0; i < order.length; i++) {
            addresses[i] = b.addresses[order[i]];
            nameAt[i] = b.nameAt[order[i]];
            module[i] = b.module[order[i]];
        }
        names = Arrays.copyOf(b.names, b.namesSize);
        modules = b.modules.toArray(String[]::new);
    }

    /** Reads the list; where the kernel hides its addresses the result is empty. */
    public static KernelSymbols read(Path kallsyms) throws IOException {
        try (InputStream in = Files.newInputStream(kallsyms)) {
            return read(in);
        }
    }

    static KernelSymbols read(InputStream in) throws IOException {
        Builder builder = new Builder();
        byte[] buffer = new byte[64 << 10];
        int filled = 0;
        for (int n = in.read(buffer, 0, buffer.length); n > 0; n = in.read(buffer, filled, buffer.length - filled)) {
            filled += n;
            int line = 0;
            for (int i = 0; i < filled; i++) {
                if (buffer[i] == '\n') {
                    builder.line(buffer, line, i);
                    line = i + 1;
                }
            }
            // A line without end is nothing the kernel writes.
            line = filled - line > MAX_LINE ? filled : line;
            System.arraycopy(buffer, line, buffer, 0, filled - line);
            filled -= line;
        }
        builder.line(buffer, 0, filled);
        return new KernelSymbols(builder);
    }

    /** Tells whether there is no function at all, as the kernel shows it to those who may not see addresses. */
    public boolean isEmpty() {
        return addresses.length == 0;
    }

    /** Returns the function that an address lies in. */
    public StackFrame frame(long address) {
        int i = floor(address);
        if (i < 0) {
            return StackFrame.unknown(address);
        }
        boolean last = i + 1 == addresses.length || module[i + 1] != module[i];
        while (i > 0 && addresses[i - 1] == addresses[i]) {
            i--;
        }
        long offset = address - addresses[i];
        if (last && offset >= LAST_EXTENT) {
            return StackFrame.unknown(address);
        }
        return new StackFrame(address, offset, name(i), modules[module[i]]);
    }

    int size() {
        return addresses.length;
    }

    /** Returns the heap that it takes, in bytes. */
    long bytes() {
        return names.length + addresses.length * 14L;
    }

    private int floor(long address) {
        int low = 0;
        int high = addresses.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(addresses[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private String name(int i) {
        int at = nameAt[i];
        return new String(names, at + 2, (names[at] & 0xFF) << 8 | names[at + 1] & 0xFF, StandardCharsets.UTF_8);
    }

    /** Takes lines of the form {@code address type name [module]}. */
    private static final class Builder {
        long[] addresses = new long[1 << 16];
        int[] nameAt = new int[1 << 16];
        short[] module = new short[1 << 16];
        byte[] names = new byte[1 << 20];
        int namesSize;
        int count;
        final List<String> modules = new ArrayList<>(List.of(""));

        void line(byte[] b, int from, int end) {
            int i = from;
            long address = 0;
            for (; i < end && Character.digit(b[i], 16) >= 0; i++) {
                address = address << 4 | Character.digit(b[i], 16);
            }
            // Above all addresses of processes; hidden ones are 0.
            if (address >= 0 || i + 3 >= end || b[i] != ' ' || b[i + 2] != ' ' || !isFunction(b[i + 1])) {
                return;
            }
            int name = i + 3;
            int nameEnd = name;
            while (nameEnd < end && b[nameEnd] != '\t' && b[nameEnd] != ' ') {
                nameEnd++;
            }
            if (!isPrefix(b, name, nameEnd)) {
                add(address, b, name, nameEnd, moduleOf(b, nameEnd, end));
            }
        }

        private static boolean isFunction(byte type) {
            return type == 't' || type == 'T' || type == 'w' || type == 'W';
        }

        private static boolean isPrefix(byte[] b, int from, int end) {
            for (String prefix : PREFIXES) {
                int i = 0;
                while (i < prefix.length() && from + i < end && b[from + i] == prefix.charAt(i)) {
                    i++;
                }
                if (i == prefix.length()) {
                    return true;
                }
            }
            return false;
        }

        private int moduleOf(byte[] b, int from, int end) {
            int open = from;
            while (open < end && b[open] != '[') {
                open++;
            }
            if (open + 2 > end || b[end - 1] != ']') {
                return 0;
            }
            // Symbols of a module follow each other.
            String last = modules.get(modules.size() - 1);
            String name = new String(b, open + 1, end - open - 2, StandardCharsets.UTF_8);
            if (!name.equals(last) && modules.size() < MAX_MODULES) {
                modules.add(name);
            }
            return modules.size() - 1;
        }

        private void add(long address, byte[] b, int from, int end, int inModule) {
            int length = Math.min(end - from, 0xFFFF);
            if (count == MAX_SYMBOLS || namesSize + length + 2 > MAX_NAMES) {
                return;
            }
            if (count == addresses.length) {
                addresses = Arrays.copyOf(addresses, count * 2);
                nameAt = Arrays.copyOf(nameAt, count * 2);
                module = Arrays.copyOf(module, count * 2);
            }
            if (namesSize + length + 2 > names.length) {
                names = Arrays.copyOf(names, Math.min(MAX_NAMES, names.length * 2));
            }
            addresses[count] = address;
            nameAt[count] = namesSize;
            module[count++] = (short) inModule;
            names[namesSize++] = (byte) (length >> 8);
            names[namesSize++] = (byte) length;
            System.arraycopy(b, from, names, namesSize, length);
            namesSize += length;
        }

        /** Those of modules and BPF programs come behind the kernel's own and are not in order. */
        int[] order() {
            long lowest = -1;
            for (int i = 0; i < count; i++) {
                lowest = Long.compareUnsigned(addresses[i], lowest) < 0 ? addresses[i] : lowest;
            }
            long[] keys = new long[count];
            int kept = 0;
            for (int i = 0; i < count; i++) {
                long distance = addresses[i] - lowest;
                if (distance >>> Long.SIZE - 1 - INDEX_BITS == 0) {
                    keys[kept++] = distance << INDEX_BITS | i;
                }
            }
            Arrays.sort(keys, 0, kept);
            int[] order = new int[kept];
            for (int i = 0; i < kept; i++) {
                order[i] = (int) keys[i] & MAX_SYMBOLS - 1;
            }
            return order;
        }
    }
}
