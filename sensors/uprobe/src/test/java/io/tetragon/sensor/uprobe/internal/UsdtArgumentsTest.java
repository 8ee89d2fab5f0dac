// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.BpfMap;
import io.tetragon.elf.StapOperand;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.Position;
import io.tetragon.policy.model.ResolvePath;
import io.tetragon.policy.model.UsdtSpec;
import io.tetragon.sensor.uprobe.internal.abi.OperandLayout;
import io.tetragon.sensor.uprobe.internal.abi.PlaceLayout;
import io.tetragon.sensor.uprobe.internal.abi.UsdtForm;
import io.tetragon.sensor.uprobe.internal.abi.UsdtRegister;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsdtArgumentsTest {
    private static final Position AT = new Position(1, 1);
    private static final int NONE = UsdtRegister.USDT_NO_REGISTER;

    private static UsdtOperand operand(String text) {
        return UsdtOperand.of((StapOperand.Readable) StapOperand.parse(text).get(0), 0x100);
    }

    /** A probe with a place for each of the texts, which are arguments as notes have them. */
    private static UsdtArguments probe(String... places) {
        List<UsdtProbe.Place> all = new ArrayList<>();
        for (String place : places) {
            Map<Integer, UsdtOperand> operands = new TreeMap<>();
            Map<Integer, String> texts = new TreeMap<>();
            for (StapOperand operand : StapOperand.parse(place)) {
                operands.put(operands.size(), operand(operand.text()));
                texts.put(texts.size(), operand.text());
            }
            all.add(new UsdtProbe.Place(0x1000 + all.size(), 0, operands, texts));
        }
        return new UsdtArguments("usdt a:b", new UsdtProbe(all));
    }

    private static UsdtSpec spec(ArgumentType... types) {
        List<Argument> args = new ArrayList<>();
        for (ArgumentType type : types) {
            args.add(new Argument(AT, args.size(), type, "", -1, false, false, ResolvePath.NONE,
                    Argument.Source.PARAMETER, "", ""));
        }
        return new UsdtSpec(AT, "/p", "", "a", "b", args, List.of(), "", List.of());
    }

    @Test
    void operandsKeepTheirMeaning() {
        assertEquals(new UsdtOperand(UsdtForm.USDT_CONSTANT, 4, true, 0, NONE, NONE, -3), operand("-4@$-3"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_CONSTANT, 1, false, 0, NONE, NONE, 255), operand("1@$-1"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_CONSTANT, 1, true, 0, NONE, NONE, -1), operand("-1@$255"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_REGISTER, 8, false, 0, 14, NONE, 0), operand("8@%rdi"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_REGISTER, 1, false, 8, 10, NONE, 0), operand("1@%ah"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_MEMORY, 4, true, 3, 19, 5, 0x100 - 4), operand("-4@-4(%rsp,%rbx,8)"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_MEMORY, 8, false, 0, 16, NONE, 0x108), operand("8@s+8(%rip)"));
        assertEquals(new UsdtOperand(UsdtForm.USDT_MEMORY, 8, false, 2, NONE, 11, 0x100), operand("8@(,%rcx,4)"));
    }

    @ParameterizedTest(name = "{0} and {1} are {2}")
    @CsvSource({"-4@$1,-4@%eax,INT32", "4@$1,4@%eax,UINT32", "-4@$1,8@%rax,INT64", "1@%al,2@%ax,UINT16", "-1@%al,1@%bl,INT8"})
    void theTypeHoldsTheValuesOfAllPlaces(String one, String other, ArgumentType type) {
        assertEquals(type, probe(one, other).typed(spec(ArgumentType.AUTO)).args().get(0).type());
    }

    @Test
    void typesOfThePolicyStay() {
        assertEquals(ArgumentType.STRING, probe("8@%rdi").typed(spec(ArgumentType.STRING)).args().get(0).type());
    }

    @Test
    void whatPlacesAgreeInIsAConstant() {
        ObjectPlan.Builder builder = ObjectPlan.of("object", new byte[0]);
        probe("-4@%eax 8@$1", "-4@%eax 8@$2").applyTo(builder);
        ObjectPlan plan = builder.build();
        ByteBuffer constant = ByteBuffer.wrap(plan.constants().get("usdt")).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(UsdtForm.USDT_REGISTER, constant.get(PlaceLayout.OPERAND + OperandLayout.FORM));
        assertEquals(UsdtForm.USDT_BY_PLACE, constant.get(PlaceLayout.OPERAND + OperandLayout.SIZE + OperandLayout.FORM));
        assertEquals(UsdtForm.USDT_NONE,
                constant.get(PlaceLayout.OPERAND + 2 * OperandLayout.SIZE + OperandLayout.FORM));
        assertEquals(2, plan.sizes().get("usdt_places"));
        List<BpfMap.Entry> places = plan.entries().get("usdt_places");
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(new byte[] {(byte) i, 0, 0, 0}, places.get(i).key());
            assertEquals(i + 1, ByteBuffer.wrap(places.get(i).value()).order(ByteOrder.LITTLE_ENDIAN)
                    .getLong(PlaceLayout.OPERAND + OperandLayout.SIZE + OperandLayout.VALUE));
        }
    }

    @Test
    void withoutDifferencesThereIsNoMap() {
        ObjectPlan.Builder builder = ObjectPlan.of("object", new byte[0]);
        probe("-4@%eax 8@$1", "-4@%eax 8@$1").applyTo(builder);
        assertTrue(builder.build().omitted().contains("usdt_places"));
    }

    @Test
    void setIsForFourBytesInMemoryEverywhere() throws TetragonException {
        probe("-4@(%rax)", "4@8(%rsp)").requireSettable(0, AT);
        for (String[] places : List.of(new String[] {"4@%eax"}, new String[] {"8@(%rax)"},
                new String[] {"-4@(%rax)", "-4@$5"})) {
            TetragonException refusal =
                    assertThrows(TetragonException.class, () -> probe(places).requireSettable(0, AT));
            String last = places[places.length - 1];
            assertEquals("its operand \"" + last + "\" is not 4 bytes in memory", refusal.why(), Arrays.toString(places));
        }
    }

    @Test
    void addressesThatAreTooNarrowAreDoubted() {
        assertEquals(List.of("usdt a:b: argument 0, operand \"4@%eax\", is too narrow for an address"),
                probe("8@%rax", "4@%eax").warnings(spec(ArgumentType.STRING)));
        assertEquals(List.of(), probe("4@%eax").warnings(spec(ArgumentType.FD)));
    }
}
