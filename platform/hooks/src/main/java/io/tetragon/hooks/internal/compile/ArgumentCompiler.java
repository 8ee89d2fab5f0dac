// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.ResolvedArgument;
import io.tetragon.hooks.internal.abi.HookArgumentFlags;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ArgumentType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says how arguments are read. Used by one thread. */
final class ArgumentCompiler {
    private final HookTarget target;
    private final TypeSource types;
    private final TypeSource kernel;
    private final CompileErrors errors;
    private final Origins origins;
    private final SizeArguments sizes;

    /**
     * @param types where {@code btfType} is looked up: of uprobes the program's own, of all others the kernel's
     * @param kernel where everything else is
     */
    ArgumentCompiler(HookTarget target, TypeSource types, TypeSource kernel, CompileErrors errors) {
        this.target = target;
        this.types = types;
        this.kernel = kernel;
        this.errors = errors;
        this.origins = new Origins(target, kernel, errors);
        this.sizes = new SizeArguments(target, errors);
    }

    /** An entry of {@code args}. */
    Slot parameter(Argument argument, int slot) throws TetragonException {
        boolean atReturn = argument.returnCopy();
        if (atReturn && !target.family().returns()) {
            errors.warn(argument.at(), "returnCopy has no effect: the hook does not wait for a return");
            atReturn = false;
        }
        return slot(argument, slot, origins.parameter(argument), false, atReturn);
    }

    /** An entry of {@code data}. */
    Slot data(Argument argument, int slot) throws TetragonException {
        return slot(argument, slot, origins.data(argument), true, false);
    }

    /** The return value. */
    Slot returned(Argument argument) throws TetragonException {
        return slot(argument, HookLimits.HOOK_RETURN_SLOT, origins.returned(), false, true);
    }

    private Slot slot(Argument argument, int slot, Origin origin, boolean data, boolean atReturn)
            throws TetragonException {
        PathResolver.Resolved path = path(argument, origin);
        ArgumentType type = argument.type() == ArgumentType.AUTO ? deduced(argument, origin, path) : argument.type();
        warn(argument, type, origin, path);
        int flags = (atReturn ? HookArgumentFlags.ARGUMENT_AT_RETURN : 0)
                | (argument.maxData() ? HookArgumentFlags.ARGUMENT_MAX_DATA : 0)
                | (data ? HookArgumentFlags.ARGUMENT_IS_DATA : 0);
        ResolvedArgument resolved = new ResolvedArgument(slot, argument, type, data, atReturn);
        if (origin.compound() && path == null) {
            return compound(resolved, origin, flags);
        }
        List<Slot.Step> steps = path == null ? List.of() : path.steps();
        int width = origin.width();
        if (Kinds.number(type)) {
            TypeRef value = path == null ? origin.type() : path.type();
            NumberShape shape = NumberShape.of(type, path == null ? origin.width() : Long.BYTES, value,
                    path == null ? origin.field() : null);
            width = shape.width();
            flags |= shape.signed() ? HookArgumentFlags.ARGUMENT_SIGNED : 0;
            flags |= path == null ? 0 : HookArgumentFlags.ARGUMENT_LOAD;
        } else if (path != null && path.type().plain() instanceof BtfType.Pointer) {
            steps = path.followed();
        }
        Slot.SizeFrom size = Kinds.sized(type) ? sizes.of(argument) : Slot.SizeFrom.NOWHERE;
        return new Slot(resolved, Kinds.of(type), origin.place(), flags, width, path == null ? 0 : array(type, path),
                size, type == ArgumentType.NOP ? List.of() : steps);
    }

    /** Bytes of the array that a text lies in, 0 when it lies anywhere. */
    private static int array(ArgumentType type, PathResolver.Resolved path) {
        boolean text = type == ArgumentType.STRING || type == ArgumentType.CHAR_BUF;
        return text && path.type().plain() instanceof BtfType.Array
                ? path.type().types().btf().sizeOf(path.type().id()) : 0;
    }

    /** The path of {@code resolve}; null when there is none to follow. */
    private PathResolver.@Nullable Resolved path(Argument argument, Origin origin) throws TetragonException {
        boolean register = argument.source() == Argument.Source.PT_REGS;
        if (!argument.resolve().present() || register) {
            return null;
        }
        if (origin.compound() || origin.width() != Long.BYTES) {
            throw errors.wrong(argument.at(), "resolve \"" + argument.resolve().written() + "\"",
                    "the field is no pointer", "");
        }
        return new PathResolver(errors, argument).resolve(pointed(argument, origin));
    }

    /** What the value points to. */
    private TypeRef pointed(Argument argument, Origin origin) throws TetragonException {
        if (!argument.btfType().isEmpty()) {
            return origins.structure(argument.btfTypeModule().isEmpty() ? types.types()
                    : kernel.module(argument.btfTypeModule()), argument.btfType(), argument);
        }
        if (argument.source() == Argument.Source.CURRENT_TASK) {
            return origins.task(argument);
        }
        TypeRef type = origin.field() == null ? origin.type() : origins.pointed(origin.field());
        String what = "resolve \"" + argument.resolve().written() + "\"";
        if (type == null) {
            throw errors.wrong(argument.at(), what, "the type of the value is not known",
                    "name the structure it points to with btfType");
        }
        if (origin.field() != null) {
            return type;
        }
        if (!(type.plain() instanceof BtfType.Pointer pointer)) {
            throw errors.wrong(argument.at(), what, type.spell() + " is no pointer",
                    "name the structure it points to with btfType");
        }
        return type.to(pointer.target());
    }

    private ArgumentType deduced(Argument argument, Origin origin, PathResolver.@Nullable Resolved path)
            throws TetragonException {
        ArgumentType type;
        String what;
        if (path != null) {
            type = TypeReading.of(path.type().types(), path.type().id());
            what = path.type().spell();
        } else if (origin.field() != null) {
            type = FieldReading.of(origin.field(), argument.sizeArgument() >= 0);
            what = origin.field().type() + " " + origin.field().name();
        } else if (argument.source() == Argument.Source.PT_REGS) {
            type = TypeReading.integer(origin.width(), false);
            what = "register";
        } else if (!argument.btfType().isEmpty()) {
            type = TypeReading.ofStructure(argument.btfType().replaceFirst("^struct ", ""));
            what = "struct " + argument.btfType() + " *";
        } else {
            type = origin.type() == null ? null : TypeReading.of(origin.type().types(), origin.type().id());
            what = origin.type() == null ? "unknown" : origin.type().spell();
        }
        if (type == null) {
            throw errors.wrong(argument.at(), "the type cannot be deduced", "nothing reads " + what + " as a whole",
                    "name the type, or a member with resolve");
        }
        return type;
    }

    private void warn(Argument argument, ArgumentType type, Origin origin, PathResolver.@Nullable Resolved path) {
        TypeRef found = path != null ? path.type() : origin.type();
        if (found == null || argument.type() == ArgumentType.AUTO || path == null && !argument.btfType().isEmpty()) {
            return;
        }
        String misfit = TypeChecks.misfit(type, found);
        if (misfit != null) {
            errors.warn(argument.at(), misfit + (path == null ? " of " + place(argument) : " of "
                    + argument.resolve().written()));
        }
    }

    private String place(Argument argument) {
        return target.prototype() == null ? "argument " + argument.index()
                : "argument " + argument.index() + " of " + target.prototype().name();
    }

    /** A text or an array within a tracepoint's record. */
    private Slot compound(ResolvedArgument resolved, Origin origin, int flags) throws TetragonException {
        ArgumentType type = resolved.type();
        boolean behind = origin.field() != null && (origin.field().dataLoc() || origin.field().relLoc());
        boolean text = switch (type) {
            case STRING, CHAR_BUF, CONST_BUF, DATA_LOC -> true;
            default -> false;
        };
        if (Kinds.number(type) && !behind) {
            NumberShape shape = NumberShape.of(type, Integer.min(origin.width(), Long.BYTES), null, null);
            return new Slot(resolved, Kinds.of(type), origin.place(),
                    flags | (shape.signed() ? HookArgumentFlags.ARGUMENT_SIGNED : 0), shape.width(), 0,
                    Slot.SizeFrom.NOWHERE, List.of());
        }
        if (!text && type != ArgumentType.NOP) {
            throw errors.wrong(resolved.argument().at(), "type " + type.words().get(0) + " on an array",
                    "the field's bytes lie in the record itself", "write auto");
        }
        boolean relative = origin.field() != null && origin.field().relLoc();
        if (behind) {
            return new Slot(resolved, type == ArgumentType.NOP ? HookKind.KIND_NOP : HookKind.KIND_DATA_LOC,
                    origin.place(), flags | (relative ? HookArgumentFlags.ARGUMENT_REL_LOC : 0), Integer.BYTES, 0,
                    Slot.SizeFrom.NOWHERE, List.of());
        }
        int kind = switch (type) {
            case NOP -> HookKind.KIND_NOP;
            case STRING, DATA_LOC -> HookKind.KIND_STRING;
            default -> HookKind.KIND_CONST_BUF;
        };
        return new Slot(resolved, kind, origin.place(), flags, 0, kind == HookKind.KIND_NOP ? 0 : origin.width(),
                Slot.SizeFrom.NOWHERE, List.of());
    }
}
