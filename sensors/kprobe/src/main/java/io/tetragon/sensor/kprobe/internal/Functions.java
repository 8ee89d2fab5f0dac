// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.hooks.compile.KernelFunctions;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.FunctionSpec;
import io.tetragon.policy.model.ListType;
import io.tetragon.policy.model.SyscallName;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The kernel functions that a hook names.
 *
 * @param names those that the kernel has, without duplicates
 * @param missing those that it lacks
 * @param syscalls whether they are system calls; then there is one in {@code calls} for each name
 */
record Functions(List<String> names, List<String> missing, boolean syscalls, List<SyscallName> calls) {
    private static final Log LOG = Log.of(Functions.class);
    private static final int SUGGESTIONS = 3;

    /**
     * Looks the functions of a hook up.
     *
     * @throws TetragonException NOT_FOUND when one is missing that the policy does not allow to be
     */
    static Functions of(FunctionSpec spec, KernelTypes types) throws TetragonException {
        Functions functions = of(spec.call(), spec.syscall(), types);
        if (!functions.missing.isEmpty() && !spec.ignoreCallNotFound()) {
            throw functions.missingFrom(spec.at() + ": hook ", types, "set ignore.callNotFound to skip what is missing");
        }
        return functions;
    }

    /** Looks the functions of a call up. */
    static Functions of(Call call, boolean syscall, KernelTypes types) {
        boolean syscalls = syscall;
        boolean known = false;
        List<String> written = List.of(call.written());
        if (call instanceof Call.FromList list) {
            syscalls = list.list().type().syscalls();
            // Names that the kernel gave are functions, also where its type information leaves them out.
            known = list.list().type() == ListType.GENERATED_FTRACE
                    || list.list().type() == ListType.GENERATED_SYSCALLS;
            written = list.list().values();
        }
        Map<String, SyscallName> calls = new LinkedHashMap<>();
        Set<String> names = new LinkedHashSet<>();
        Set<String> missing = new LinkedHashSet<>();
        for (String name : written) {
            String symbol = name;
            if (syscalls) {
                SyscallName parsed = SyscallName.parse(name);
                symbol = symbol(parsed, types);
                calls.putIfAbsent(symbol, parsed);
            }
            if (symbol.isEmpty()) {
                missing.add(name);
            } else if (known || types.hasFunction(symbol)) {
                names.add(symbol);
            } else {
                missing.add(symbol);
            }
        }
        if (!missing.isEmpty()) {
            Set<String> untyped = untyped(missing);
            missing.removeAll(untyped);
            names.addAll(untyped);
        }
        return new Functions(List.copyOf(names), List.copyOf(missing), syscalls,
                syscalls ? names.stream().map(calls::get).toList() : List.of());
    }

    /** Returns those that only the symbol table has; none if it cannot be read. */
    private static Set<String> untyped(Set<String> names) {
        try {
            return KernelFunctions.read(KernelFunctions.TABLE, names::contains);
        } catch (IOException e) {
            LOG.debug("symbol table not read", "file", KernelFunctions.TABLE, "reason", e.getMessage());
            return Set.of();
        }
    }

    /** The function behind a system call; 32-bit ones have a compat version where their arguments differ. */
    private static String symbol(SyscallName call, KernelTypes types) {
        return switch (call.abi()) {
            case NATIVE, X64 -> "__x64_sys_" + call.name();
            case I386 -> {
                String compat = "__ia32_compat_sys_" + call.name();
                yield types.hasFunction(compat) ? compat : "__ia32_sys_" + call.name();
            }
            case ARM64, ARM32 -> "";
        };
    }

    /** Says that there are missing ones, in whose place {@code otherwise} helps. */
    TetragonException missingFrom(String where, KernelTypes types, String otherwise) {
        String first = missing.get(0);
        List<String> near = types.nearestFunctions(first, SUGGESTIONS);
        return new TetragonException(TetragonException.Kind.NOT_FOUND, where + first,
                "this kernel has no such function" + (missing.size() > 1 ? ", nor " + (missing.size() - 1) + " others" : ""),
                near.isEmpty() ? otherwise : "did you mean " + String.join(", ", near) + "? Or " + otherwise);
    }
}
