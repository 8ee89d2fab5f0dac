// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StapOperandTest {
    private static String shown(StapOperand operand) {
        if (operand instanceof StapOperand.Unreadable unreadable) {
            return "unreadable: " + unreadable.why();
        }
        StapOperand.Width width = ((StapOperand.Readable) operand).width();
        String number = (width.signed() ? "s" : "u") + 8 * width.bytes() + " ";
        if (operand instanceof StapOperand.Constant constant) {
            return number + constant.value();
        }
        if (operand instanceof StapOperand.InRegister register) {
            X86Register.Part part = register.part();
            return number + part.register() + ":" + 8 * part.width() + (part.shift() == 0 ? "" : "<<" + part.shift());
        }
        StapOperand.InMemory memory = (StapOperand.InMemory) operand;
        return number + "[" + memory.symbol() + (memory.displacement() < 0 ? "" : "+") + memory.displacement()
                + (memory.base() == null ? "" : "+" + memory.base())
                + (memory.index() == null ? "" : "+" + memory.index() + "*" + memory.scale()) + "]";
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "-4@$5                     | s32 5",
        "-4@$-3                    | s32 -3",
        "8@$0x10                   | u64 16",
        "8@$18446744073709551615   | u64 -1",
        "1@$255                    | u8 255",
        "$7                        | s64 7",
        "8@%rdi                    | u64 RDI:64",
        "-4@%eax                   | s32 RAX:32",
        "2@%si                     | u16 RSI:16",
        "-1@%al                    | s8 RAX:8",
        "1@%dil                    | u8 RDI:8",
        "1@%spl                    | u8 RSP:8",
        "1@%bh                     | u8 RBX:8<<8",
        "4@%r8d                    | u32 R8:32",
        "2@%r15w                   | u16 R15:16",
        "1@%r10b                   | u8 R10:8",
        "1@%r10l                   | u8 R10:8",
        "-8@%r9                    | s64 R9:64",
        "%edx                      | u32 RDX:32",
        "-4@-20(%rbp)              | s32 [-20+RBP]",
        "8@8(%rsp)                 | u64 [+8+RSP]",
        "-2@(%rax)                 | s16 [+0+RAX]",
        "8@0x18(%rdi)              | u64 [+24+RDI]",
        "-4@-4(%rax,%rbx,8)        | s32 [-4+RAX+RBX*8]",
        "1@(%rax,%rbx)             | u8 [+0+RAX+RBX*1]",
        "4@(,%rcx,4)               | u32 [+0+RCX*4]",
        "-4@( %rax , %rbx , 2 )    | s32 [+0+RAX+RBX*2]",
        "-4@counter(%rip)          | s32 [counter+0+RIP]",
        "-4@counter.1234+8(%rip)   | s32 [counter.1234+8+RIP]",
        "-4@4+4+numbers(%rip)      | s32 [numbers+8+RIP]",
        "8@-8+counter(%rip)        | u64 [counter-8+RIP]",
        "4@counter                 | u32 [counter+0+RIP]",
        "4@table(,%rax,4)          | u32 [table+0+RIP+RAX*4]",
        "4@table+4(%rbx)           | u32 [table+4+RBX]",
        "4@0x601040                | u32 [+6295616]",
    })
    void readsWhatCompilersWrite(String text, String shown) {
        List<StapOperand> operands = StapOperand.parse(text);
        assertEquals(1, operands.size(), operands::toString);
        assertEquals(shown, shown(operands.get(0)));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "8f@%xmm0                  | it is a floating-point number",
        "-4f@12(%rsp)              | it is a floating-point number",
        "8@%xmm1                   | it is in no general register",
        "16@%rax                   | 'its size is not 1, 2, 4 or 8'",
        "0@%rax                    | 'its size is not 1, 2, 4 or 8'",
        "-3@$1                     | 'its size is not 1, 2, 4 or 8'",
        "8(%rbp)                   | it does not tell its size",
        "8@%fs:0x28                | its form is not known",
        "8@%fs:(%rax)              | its form is not known",
        "4@counter@GOTPCREL(%rip)  | its form is not known",
        "4@$counter                | its form is not known",
        "4@(%rip)                  | its form is not known",
        "4@a(%rip,%rax,4)          | its form is not known",
        "4@a-b(%rip)               | its form is not known",
        "4@a+b(%rip)               | its form is not known",
        "4@(%rax,%rsp,4)           | its form is not known",
        "4@(%rax,%rbx,3)           | its form is not known",
        "4@(%eax)                  | its form is not known",
        "4@()                      | its form is not known",
        "4@(%rax                   | its form is not known",
        "4@                        | its form is not known",
        "4@$                       | its form is not known",
        "4@$99999999999999999999   | its form is not known",
        "8@[sp, 16]                | its form is not known",
    })
    void saysWhyItDoesNotReadOthers(String text, String why) {
        assertEquals("unreadable: " + why, shown(StapOperand.parse(text).get(0)));
    }

    @Test
    void keepsTheirOrderAndText() {
        assertEquals(List.of("-4@%eax", "8f@%xmm0", "8@(%rax,%rbx,8)"),
                StapOperand.parse(" -4@%eax\t8f@%xmm0  8@(%rax, %rbx, 8) ").stream().map(StapOperand::text).toList());
        assertEquals(List.of(), StapOperand.parse("  "));
    }

    @Test
    void anyTextIsReadable() {
        String[] words = {"-", "4", "8", "@", "$", "%", "(", ")", ",", "rax", "rip", "+", "x", "0x", " ", "f", ".", "é"};
        Random random = new Random(7);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                text.append(words[random.nextInt(words.length)]);
            }
            StapOperand.parse(text.toString());
        }
        assertTrue(StapOperand.parse("4@" + "-".repeat(1 << 20)).get(0) instanceof StapOperand.Unreadable);
        assertEquals(1 << 19, StapOperand.parse("$ ".repeat(1 << 19)).size());
    }
}
