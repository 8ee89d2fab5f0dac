// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.hooks.compile.NearestNames;
import io.tetragon.hooks.compile.Prototype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds functions among types. */
public final class Functions {
    private static final String TRACEPOINT = "btf_trace_";
    private static final String LSM = "bpf_lsm_";

    private Functions() {}

    /** Returns the prototype of a function. */
    public static Optional<Prototype> function(TypeTable types, String name) {
        return prototype(types, "", name);
    }

    /** Returns the prototype of the function that LSM programs are attached to for a hook. */
    public static Optional<Prototype> lsmHook(TypeTable types, String hook) {
        return prototype(types, LSM, hook);
    }

    /** Returns the prototype of a tracepoint, without the data that the kernel passes to its own handlers first. */
    public static Optional<Prototype> rawTracepoint(TypeTable types, String event) {
        OptionalInt typedef = types.find(TRACEPOINT + event, BtfType.Typedef.class);
        if (typedef.isEmpty() || !(types.plain(typedef.getAsInt()) instanceof BtfType.Pointer pointer)
                || !(types.plain(pointer.target()) instanceof BtfType.Prototype found)
                || found.parameters().isEmpty()) {
            return Optional.empty();
        }
        List<BtfType.Parameter> own = found.parameters().subList(1, found.parameters().size());
        return Optional.of(prototype(types, event, own, 0));
    }

    /** Returns the names that are nearest to one that does not exist, best first. */
    public static List<String> nearest(TypeTable types, String name, int max) {
        return nearest(types, "", name, max);
    }

    /** Returns the names of LSM hooks that are nearest to one that does not exist, best first. */
    public static List<String> nearestLsmHooks(TypeTable types, String hook, int max) {
        return nearest(types, LSM, hook, max);
    }

    private static List<String> nearest(TypeTable types, String prefix, String name, int max) {
        NearestNames nearest = new NearestNames(name, max);
        Btf btf = types.btf();
        for (int id = btf.firstType(); id < btf.typeCount(); id++) {
            if (btf.type(id) instanceof BtfType.Function function && function.name().startsWith(prefix)) {
                nearest.offer(function.name().substring(prefix.length()));
            }
        }
        return nearest.names();
    }

    private static Optional<Prototype> prototype(TypeTable types, String prefix, String name) {
        OptionalInt function = types.find(prefix + name, BtfType.Function.class);
        if (function.isPresent() && types.btf().type(function.getAsInt()) instanceof BtfType.Function found
                && types.btf().type(found.prototype()) instanceof BtfType.Prototype prototype) {
            return Optional.of(prototype(types, name, prototype.parameters(), prototype.returns()));
        }
        return Optional.empty();
    }

    private static Prototype prototype(TypeTable types, String name, List<BtfType.Parameter> parameters, int returns) {
        List<Prototype.Parameter> named = new ArrayList<>(parameters.size());
        for (BtfType.Parameter parameter : parameters) {
            boolean variadic = parameter.type() == 0 && parameter.name().isEmpty();
            if (!variadic) {
                named.add(new Prototype.Parameter(parameter.name(), parameter.type(),
                        TypeNames.spell(types.btf(), parameter.type())));
            }
        }
        return new Prototype(name, types.module(), named, returns, TypeNames.spell(types.btf(), returns));
    }
}
