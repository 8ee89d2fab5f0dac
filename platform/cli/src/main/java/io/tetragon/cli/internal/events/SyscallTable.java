// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import io.tetragon.proto.KprobeArgument;
import io.tetragon.proto.SyscallId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** System call numbers as calls with parameter types and names; read on first use. */
public final class SyscallTable {
    /** A null parameter list means that the parameters are not known. */
    private record Syscall(String name, @Nullable List<String> parameters) {}

    private final Map<String, Map<Integer, Syscall>> byAbi = new HashMap<>();

    /** The names of the 64-bit calls that the kernel declares, by number. */
    public static List<String> declaredCalls() {
        return new TreeMap<>(load("x64"))
                .values().stream().filter(call -> call.parameters != null).map(Syscall::name).toList();
    }

    /**
     * @param args the arguments of a raw_syscalls/sys_enter event: the number, then as many of the
     *     call's own arguments as the policy asked for
     */
    String call(List<KprobeArgument> args) {
        if (args.isEmpty()) {
            return "unknown";
        }
        SyscallId id =
                args.get(0).hasSyscallId()
                        ? args.get(0).getSyscallId()
                        : SyscallId.newBuilder().setId((int) bits(args.get(0))).setAbi("x64").build();
        Syscall call = byAbi.computeIfAbsent(id.getAbi(), SyscallTable::load).get(id.getId());
        String prefix = id.getAbi().equals("x64") ? "" : GoQuote.maybe(id.getAbi()) + "/";
        if (call == null) {
            return prefix + Integer.toUnsignedString(id.getId()) + "(unknown)";
        }
        return prefix + call.name + "(" + parameters(call, args) + ")";
    }

    private static String parameters(Syscall call, List<KprobeArgument> args) {
        if (call.parameters == null) {
            return "unknown";
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < call.parameters.size(); i++) {
            String parameter = call.parameters.get(i);
            out.append(i == 0 ? "" : ", ").append(parameter).append('=');
            out.append(i + 1 < args.size() ? value(parameter, args.get(i + 1)) : "?");
        }
        return out.toString();
    }

    private static String value(String parameter, KprobeArgument arg) {
        return switch (arg.getArgCase()) {
            case STRING_ARG -> GoQuote.quote(arg.getStringArg());
            case INT_ARG, LONG_ARG, UINT_ARG, SIZE_ARG ->
                    parameter.indexOf('*') >= 0
                            ? "0x" + Long.toHexString(bits(arg))
                            : arg.getArgCase() == KprobeArgument.ArgCase.SIZE_ARG
                                    ? Long.toUnsignedString(bits(arg))
                                    : Long.toString(bits(arg));
            default -> "?";
        };
    }

    private static long bits(KprobeArgument arg) {
        return switch (arg.getArgCase()) {
            case INT_ARG -> arg.getIntArg();
            case UINT_ARG -> Integer.toUnsignedLong(arg.getUintArg());
            case LONG_ARG -> arg.getLongArg();
            case SIZE_ARG -> arg.getSizeArg();
            default -> -1;
        };
    }

    // The ABI comes from the event, so only known names may become part of a resource name.
    private static Map<Integer, Syscall> load(String abi) {
        return switch (abi) {
            case "x64", "i386" -> read("syscalls-" + abi + ".tsv");
            default -> Map.of();
        };
    }

    private static Map<Integer, Syscall> read(String resource) {
        Map<Integer, Syscall> table = new HashMap<>();
        try (InputStream in = SyscallTable.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar of tetra lacks " + resource);
            }
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("#")) {
                    continue;
                }
                String[] cells = line.split("\t", -1);
                List<String> parameters =
                        cells.length < 3 ? null : cells[2].isEmpty() ? List.of() : List.of(cells[2].split(","));
                table.put(Integer.valueOf(cells[0]), new Syscall(cells[1], parameters));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return table;
    }
}
