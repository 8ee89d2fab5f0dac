// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.Prototype;
import io.tetragon.hooks.compile.TracepointFormat;
import io.tetragon.hooks.internal.abi.HookSource;
import io.tetragon.policy.model.Argument;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds where the arguments of a hook start, by its family. */
final class Origins {
    private static final String TASK = "task_struct";
    private static final Pattern STRUCTURE = Pattern.compile("(?:const )?(?:struct|union) ([A-Za-z_][A-Za-z0-9_]*) \\*");

    private final HookTarget target;
    private final @Nullable Prototype prototype;
    private final TypeSource kernel;
    private final CompileErrors errors;

    Origins(HookTarget target, TypeSource kernel, CompileErrors errors) {
        this.target = target;
        this.prototype = target.syscall() ? null : target.prototype();
        this.kernel = kernel;
        this.errors = errors;
    }

    /** Of an argument in {@code args}. */
    Origin parameter(Argument argument) throws TetragonException {
        if (target.format() != null) {
            return field(argument, target.format());
        }
        int index = argument.index();
        if (prototype == null) {
            return Origin.register(HookSource.SOURCE_PARAMETER, index, null);
        }
        List<Prototype.Parameter> parameters = prototype.parameters();
        if (index < parameters.size()) {
            return Origin.register(HookSource.SOURCE_PARAMETER, index, typed(parameters.get(index).type()));
        }
        String why = prototype.name() + " has " + (parameters.size() == 1 ? "1 parameter" : parameters.size()
                + " parameters") + " on this kernel";
        if (target.family().typed()) {
            throw errors.wrong(argument.at(), "no parameter " + index, why, "parameters are counted from 0");
        }
        errors.warn(argument.at(), "parameter " + index + " has no meaning: " + why);
        return Origin.register(HookSource.SOURCE_PARAMETER, index, null);
    }

    /** Of the value that the function returns. */
    Origin returned() throws TetragonException {
        return Origin.register(HookSource.SOURCE_RETURN, 0,
                prototype == null || prototype.returnType() == 0 ? null : typed(prototype.returnType()));
    }

    /** Of an argument in {@code data}. */
    Origin data(Argument argument) throws TetragonException {
        if (argument.source() == Argument.Source.PT_REGS) {
            Registers.Register register = Registers.of(argument.resolve().written());
            if (register == null) {
                throw errors.wrong(argument.at(), "no register \"" + argument.resolve().written() + "\"",
                        "this machine is an x86-64", "write it like rdi");
            }
            return new Origin(new Slot.Place(HookSource.SOURCE_PT_REGS, 0, register.offset()), null, null,
                    register.width());
        }
        return Origin.register(HookSource.SOURCE_CURRENT_TASK, 0, null);
    }

    /** Returns what a task's members are looked up in. */
    TypeRef task(Argument argument) throws TetragonException {
        return structure(kernel.types(), TASK, argument);
    }

    /** Finds a structure by its name, which may be that of a typedef. */
    TypeRef structure(TypeTable types, String name, Argument argument) throws TetragonException {
        String bare = name.replaceFirst("^(struct|union) ", "");
        OptionalInt id = types.find(bare, BtfType.Struct.class);
        if (id.isEmpty()) {
            id = types.find(bare, BtfType.Typedef.class);
        }
        if (id.isEmpty()) {
            throw errors.wrong(argument.at(), "no structure " + bare, types.module().isEmpty()
                    ? "the types do not have it" : "neither module " + types.module() + " nor the kernel has it", "");
        }
        return new TypeRef(types, id.getAsInt());
    }

    private TypeRef typed(int id) throws TetragonException {
        String module = prototype == null ? "" : prototype.module();
        return new TypeRef(kernel.module(module), id);
    }

    private Origin field(Argument argument, TracepointFormat format) throws TetragonException {
        TracepointFormat.Field field = field(format, argument.index());
        if (field == null) {
            throw errors.wrong(argument.at(), "no field " + argument.index(), "the tracepoint has fields 0 to "
                    + (format.fields().size() - 1) + " on this kernel", "fields are counted from 0, the common ones too");
        }
        return new Origin(new Slot.Place(HookSource.SOURCE_FIELD, 0, field.offset()), null, field, field.size());
    }

    static TracepointFormat.@Nullable Field field(TracepointFormat format, int index) {
        return index >= 0 && index < format.fields().size() ? format.fields().get(index) : null;
    }

    /** Returns the structure that a record's pointer points to, which the format knows by name only; null when it names none. */
    @Nullable TypeRef pointed(TracepointFormat.Field field) throws TetragonException {
        Matcher matcher = STRUCTURE.matcher(field.type());
        if (field.size() != Long.BYTES || field.array() || !matcher.matches()) {
            return null;
        }
        TypeTable types = kernel.types();
        OptionalInt id = types.find(matcher.group(1), BtfType.Struct.class);
        return id.isPresent() ? new TypeRef(types, id.getAsInt()) : null;
    }
}
