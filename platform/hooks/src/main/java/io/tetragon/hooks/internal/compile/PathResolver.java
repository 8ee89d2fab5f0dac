// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ResolvePath;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns a path of {@code resolve} into steps. There is one step for each part of the path, so that a step that fails at run
 * time can be named; a pointer is followed by the step that leads to it. The last step leads to the address of what the path
 * names, and follows nothing.
 */
final class PathResolver {
    private static final int DEEPEST = 16;

    /** @param type of what lies at the address that the steps lead to */
    record Resolved(List<Slot.Step> steps, TypeRef type) {
        /** The same, but a pointer that lies there is followed, too. */
        List<Slot.Step> followed() {
            List<Slot.Step> all = new ArrayList<>(steps);
            Slot.Step last = all.remove(all.size() - 1);
            all.add(new Slot.Step(last.offset(), true));
            return all;
        }
    }

    private final CompileErrors errors;
    private final Argument argument;
    private final List<Slot.Step> steps = new ArrayList<>();

    PathResolver(CompileErrors errors, Argument argument) {
        this.errors = errors;
        this.argument = argument;
    }

    /** Resolves the argument's path from what the value points to. */
    Resolved resolve(TypeRef pointed) throws TetragonException {
        TypeRef at = pointed;
        for (ResolvePath.Step step : argument.resolve().steps()) {
            at = step instanceof ResolvePath.Step.Member member ? member(at, member.name())
                    : element(at, ((ResolvePath.Step.Element) step).index());
        }
        if (steps.size() > HookLimits.HOOK_STEPS_MAX) {
            throw wrong("a path of " + steps.size() + " steps", "the limit is " + HookLimits.HOOK_STEPS_MAX, "");
        }
        return new Resolved(steps, at);
    }

    private TypeRef member(TypeRef at, String name) throws TetragonException {
        TypeRef structure = at;
        if (at.plain() instanceof BtfType.Pointer pointer && !steps.isEmpty()) {
            follow();
            structure = at.to(pointer.target());
        }
        structure = defined(structure);
        if (!(structure.plain() instanceof BtfType.Struct struct)) {
            throw wrong("no member " + name, structure.spell() + " is no structure",
                    structure.plain() instanceof BtfType.Array ? "name an element first, like [0]" : "");
        }
        TypeRef found = find(structure, struct, name, 0, 0);
        if (found == null) {
            throw wrong("no member " + name, structure.spell() + " has none of that name on this kernel", "");
        }
        return found;
    }

    /** A declaration stands for the definition of its name, if there is one. */
    private static TypeRef defined(TypeRef type) {
        if (type.plain() instanceof BtfType.Forward forward) {
            OptionalInt definition = type.types().find(forward.name(), BtfType.Struct.class);
            return definition.isPresent() ? type.to(definition.getAsInt()) : type;
        }
        return type;
    }

    /** Looks through unnamed structures and unions, too. */
    private @Nullable TypeRef find(TypeRef owner, BtfType.Struct struct, String name, long base, int depth)
            throws TetragonException {
        if (depth > DEEPEST) {
            return null;
        }
        for (BtfType.Member member : struct.members()) {
            long bits = base + member.bitOffset();
            if (member.name().equals(name)) {
                if (member.bits() != 0 || bits % Byte.SIZE != 0) {
                    throw wrong("member " + name, "it is a bit-field, which has no address of its own", "");
                }
                steps.add(new Slot.Step((int) (bits / Byte.SIZE), false));
                return owner.to(member.type());
            }
            if (member.name().isEmpty() && owner.types().plain(member.type()) instanceof BtfType.Struct inner) {
                TypeRef found = find(owner, inner, name, bits, depth + 1);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private TypeRef element(TypeRef at, int index) throws TetragonException {
        TypeRef element;
        if (at.plain() instanceof BtfType.Array array) {
            if (array.count() > 0 && index >= array.count()) {
                throw wrong("element " + index, at.spell() + " has elements 0 to " + (array.count() - 1), "");
            }
            element = at.to(array.element());
        } else if (steps.isEmpty()) {
            element = at;
        } else if (at.plain() instanceof BtfType.Pointer pointer) {
            follow();
            element = at.to(pointer.target());
        } else {
            throw wrong("element " + index, at.spell() + " is no array", "");
        }
        element = defined(element);
        long offset = (long) index * size(element, index);
        if (offset > Integer.MAX_VALUE) {
            throw wrong("element " + index, "it lies beyond 2 GiB", "");
        }
        steps.add(new Slot.Step((int) offset, false));
        return element;
    }

    private int size(TypeRef element, int index) throws TetragonException {
        try {
            return element.types().btf().sizeOf(element.id());
        } catch (BtfFormatException e) {
            throw wrong("element " + index, element.spell() + " has no size", "");
        }
    }

    private void follow() {
        Slot.Step last = steps.remove(steps.size() - 1);
        steps.add(new Slot.Step(last.offset(), true));
    }

    private TetragonException wrong(String what, String why, String remedy) {
        return errors.wrong(argument.at(), "resolve \"" + argument.resolve().written() + "\": " + what, why, remedy);
    }
}
