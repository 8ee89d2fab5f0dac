// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.Prototype;
import io.tetragon.hooks.compile.TracepointFormat;
import io.tetragon.policy.model.Argument;

/** Where the sizes of buffers come from. */
final class SizeArguments {
    private final HookTarget target;
    private final CompileErrors errors;

    SizeArguments(HookTarget target, CompileErrors errors) {
        this.target = target;
        this.errors = errors;
    }

    Slot.SizeFrom of(Argument argument) throws TetragonException {
        if (argument.sizeArgument() < 0 || argument.source() != Argument.Source.PARAMETER) {
            return Slot.SizeFrom.NOWHERE;
        }
        if (target.format() != null) {
            TracepointFormat.Field field = field(argument, target.format());
            return new Slot.SizeFrom(Slot.SizeFrom.NO_PARAMETER, field.offset(), Math.min(field.size(), Long.BYTES));
        }
        Prototype prototype = target.syscall() ? null : target.prototype();
        if (prototype != null && argument.sizeArgument() >= prototype.parameters().size()) {
            throw wrong(argument, prototype.name() + " has " + prototype.parameters().size()
                    + " parameters on this kernel");
        }
        return new Slot.SizeFrom(argument.sizeArgument(), 0, 0);
    }

    /**
     * Fields are counted from 0, sizeArgIndex counts from 1; policies are written with the field's own number as well, which
     * here names the field in front of it: the buffer.
     */
    private TracepointFormat.Field field(Argument argument, TracepointFormat format) throws TetragonException {
        boolean own = argument.sizeArgument() == argument.index();
        TracepointFormat.Field field =
                Origins.field(format, own ? argument.sizeArgument() + 1 : argument.sizeArgument());
        if (field == null || field.array() || field.dataLoc() || field.relLoc() || field.type().endsWith("*")
                || field.size() > Long.BYTES) {
            throw wrong(argument, field == null ? "there is no such field" : "field " + field.name() + " is no size");
        }
        return field;
    }

    private TetragonException wrong(Argument argument, String why) {
        return errors.wrong(argument.at(), "sizeArgIndex " + (argument.sizeArgument() + 1), why, "it counts from 1");
    }
}
