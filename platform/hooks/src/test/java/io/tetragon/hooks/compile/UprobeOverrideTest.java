// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.Compiled.Reg;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.hooks.internal.abi.HookRegisterFlags;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.UprobeSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which registers an override of a program's function sets; those that the kernel keeps of x86-64, in bytes. */
class UprobeOverrideTest {
    private static final HookTarget TARGET = new HookTarget(Family.UPROBE, null, null, false);
    private static final int R8 = 72;
    private static final int RAX = 80;
    private static final int RSI = 104;
    private static final int RDI = 112;
    private static final int RIP = 128;
    private static final int CONSTANT = HookRegisterFlags.REGISTER_CONSTANT;
    private static final int LOAD = HookRegisterFlags.REGISTER_LOAD;

    @Test
    void anErrorReturnsToTheCaller() throws TetragonException {
        UprobeSpec written = (UprobeSpec) hook("selectors: [{matchActions: [{action: Override, argError: -5}]}]\n");
        Selector selector = written.selectors().get(0);
        Action.Override override = (Action.Override) selector.actions().get(0);
        UprobeSpec resolved = written.withSelectors(List.of(selector.withActions(List.of(new Action.Override(override.at(),
                override.error(), List.of(), new Action.Redirect.ToReturn(0x1234))), List.of())));
        assertEquals(
                List.of(new Reg(RAX, 0, 0, CONSTANT, -5),
                        new Reg(RIP, RIP, 8, HookRegisterFlags.REGISTER_IN_FILE, 0x1234)),
                Policies.compile(resolved, TARGET, Policies.noTypes()).registers());
    }

    @Test
    void registersAreSetAsWritten() throws TetragonException {
        assertEquals(
                List.of(new Reg(RAX, 0, 0, CONSTANT, 0xffff_ffff_ffff_ffffL), new Reg(RDI, RSI, 8, 0, 0),
                        new Reg(R8, RSI, 4, 0, -3), new Reg(RSI, RDI, 8, LOAD, 16)),
                registers("argRegs: [\"rax=0xffffffffffffffff\", \"rdi=%rsi\", \"r8=-3%esi\", \"rsi=16(%rdi)\"]"));
    }

    @Test
    void anotherFunctionIsCountedFromThePlace() throws TetragonException {
        assertEquals(List.of(new Reg(RIP, RIP, 8, HookRegisterFlags.REGISTER_IN_FILE, 0x1234)),
                registers("argNewAddr: 0x1234"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            eax=1          | no register "eax" to set
            cs=1           | no register "cs" to set
            eflags=1       | no register "eflags" to set
            x0=1           | no register "x0" to set
            rax=%x0        | no register "x0"
            """)
    void registersThatCannotBeSetAreRefused(String assignment, String why) {
        TetragonException refusal =
                assertThrows(TetragonException.class, () -> registers("argRegs: [\"" + assignment + "\"]"));
        assertEquals(why, refusal.why());
    }

    @Test
    void returnsHaveNothingToOverride() {
        TetragonException refusal = assertThrows(TetragonException.class, () -> compile(
                "return: true\nreturnArg: {index: 0, type: int}\n"
                        + "selectors: [{matchReturnActions: [{action: Override, argError: 1}]}]\n"));
        assertEquals("the function has run, and the kernel hands on what it returned", refusal.why());
    }

    private static List<Reg> registers(String override) throws TetragonException {
        return compile("selectors: [{matchActions: [{action: Override, " + override + "}]}]\n").registers();
    }

    private static Compiled compile(String rest) throws TetragonException {
        return Policies.compile(hook(rest), TARGET, Policies.noTypes());
    }

    private static HookSpec hook(String rest) throws TetragonException {
        return Policies.hook("uprobes", "- path: /bin/true\n  symbols: [main]\n" + rest.indent(2));
    }
}
