// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.HookRegisterFlags;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.RegisterAssignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says which registers an override of a uprobe sets. Values are computed from the registers that the hook found, then all are
 * set. Other hooks override results, without registers. Used by one thread.
 */
final class Overrides {
    /**
     * A register to set.
     *
     * @param target where {@code struct pt_regs} has it, as it has the {@code source}
     * @param width bytes of the source
     * @param number the value, or what is added to the source
     */
    record Register(int target, int source, int width, int flags, long number) {}

    /** Those of which user space sees nothing, or which decide what it may do. */
    private static final Set<String> FIXED = Set.of("cs", "ss", "eflags", "rflags", "flags", "orig_rax", "orig_ax");

    private static final Registers.Register RESULT = named("rax");
    private static final Registers.Register INSTRUCTION = named("rip");

    private final boolean user;
    private final boolean atReturn;
    private final Pool<Register> pool;
    private final CompileErrors errors;

    private Overrides(boolean user, boolean atReturn, Pool<Register> pool, CompileErrors errors) {
        this.user = user;
        this.atReturn = atReturn;
        this.pool = pool;
        this.errors = errors;
    }

    /** Returns those of a family of hooks, at the entry of what they are on. */
    static Overrides of(Family family, Pool<Register> pool, CompileErrors errors) {
        return new Overrides(family == Family.UPROBE, false, pool, errors);
    }

    /** Returns those at the return. */
    Overrides atReturn() {
        return new Overrides(user, true, pool, errors);
    }

    /** Returns the registers that an override sets; none where it does without. */
    Configuration.Run registers(Action.Override override) throws TetragonException {
        if (atReturn) {
            throw errors.wrong(override.at(), "Override among matchReturnActions",
                    "the function has run, and the kernel hands on what it returned", "put it into matchActions");
        }
        if (!user) {
            return Configuration.Run.EMPTY;
        }
        List<Register> registers = of(override);
        return new Configuration.Run(pool.add(override.at(), registers), registers.size());
    }

    private List<Register> of(Action.Override override) throws TetragonException {
        if (override.redirect() instanceof Action.Redirect.ToReturn back) {
            // The stack stays as it is: whoever else keeps account of returns, such as a shadow stack, would miss this one.
            return List.of(new Register(RESULT.offset(), 0, 0, HookRegisterFlags.REGISTER_CONSTANT, override.error()),
                    continuing(back.address()));
        }
        if (override.redirect() instanceof Action.Redirect.ToAddress other) {
            return List.of(continuing(other.address()));
        }
        return assigned(override);
    }

    private static Register continuing(long address) {
        return new Register(INSTRUCTION.offset(), INSTRUCTION.offset(), Long.BYTES, HookRegisterFlags.REGISTER_IN_FILE, address);
    }

    private List<Register> assigned(Action.Override override) throws TetragonException {
        List<Register> registers = new ArrayList<>();
        for (RegisterAssignment assignment : override.registers()) {
            Register register = register(override, assignment);
            if (registers.stream().anyMatch(other -> other.target == register.target)) {
                throw wrong(override, assignment, assignment.target() + " is set twice", "keep one of them");
            }
            registers.add(register);
        }
        if (registers.size() > HookLimits.HOOK_REGISTERS_SET) {
            throw errors.limit(override.at(), "registers", registers.size(), HookLimits.HOOK_REGISTERS_SET, "");
        }
        return registers;
    }

    private Register register(Action.Override override, RegisterAssignment assignment) throws TetragonException {
        Registers.Register target = Registers.of(assignment.target());
        if (target == null || target.width() != Long.BYTES || FIXED.contains(assignment.target())) {
            throw wrong(override, assignment, "no register \"" + assignment.target() + "\" to set",
                    "registers are whole, like rax, rdi, r8, rip, rsp");
        }
        int flags = assignment.dereference() ? HookRegisterFlags.REGISTER_LOAD : 0;
        if (assignment.source().isEmpty()) {
            return new Register(target.offset(), 0, 0, flags | HookRegisterFlags.REGISTER_CONSTANT, assignment.offset());
        }
        Registers.Register source = Registers.of(assignment.source());
        if (source == null) {
            throw wrong(override, assignment, "no register \"" + assignment.source() + "\"",
                    "this machine is an x86-64: write it like rdi");
        }
        return new Register(target.offset(), source.offset(), source.width(), flags, assignment.offset());
    }

    private TetragonException wrong(Action.Override override, RegisterAssignment assignment, String why, String remedy) {
        return errors.wrong(override.at(), "argRegs \"" + assignment.written() + "\"", why, remedy);
    }

    private static Registers.Register named(String name) {
        Registers.@Nullable Register register = Registers.of(name);
        if (register == null) {
            throw new IllegalStateException(name);
        }
        return register;
    }
}
