// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ArgumentClass;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.Position;
import io.tetragon.policy.model.UsdtSpec;
import io.tetragon.sensor.uprobe.internal.abi.OperandLayout;
import io.tetragon.sensor.uprobe.internal.abi.PlaceLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The arguments of a hook on a probe, which may be found elsewhere at each of its places. Used by one thread. */
final class UsdtArguments {
    private static final String CONSTANT = "usdt";
    private static final String PLACES = "usdt_places";

    private final String hook;
    private final UsdtProbe probe;

    /** @param hook the hook in errors */
    UsdtArguments(String hook, UsdtProbe probe) {
        this.hook = hook;
        this.probe = probe;
    }

    /** Returns the hook with the types that its author left out: integers that hold the values of all places. */
    UsdtSpec typed(UsdtSpec spec) {
        List<Argument> args = new ArrayList<>();
        for (Argument argument : spec.args()) {
            boolean open = argument.type() == ArgumentType.AUTO && !argument.resolve().present()
                    && argument.btfType().isEmpty();
            args.add(!open ? argument : new Argument(argument.at(), argument.index(), integer(argument.index()),
                    argument.label(), argument.sizeArgument(), argument.returnCopy(), argument.maxData(),
                    argument.resolve(), argument.source(), argument.btfType(), argument.btfTypeModule()));
        }
        return new UsdtSpec(spec.at(), spec.path(), spec.btfPath(), spec.provider(), spec.name(), args, spec.selectors(),
                spec.message(), spec.tags());
    }

    private ArgumentType integer(int argument) {
        int width = 0;
        boolean signed = false;
        for (UsdtProbe.Place place : probe.places()) {
            UsdtOperand operand = operand(place, argument);
            width = Math.max(width, operand.width());
            signed |= operand.signed();
        }
        return switch (width) {
            case 1 -> signed ? ArgumentType.INT8 : ArgumentType.UINT8;
            case 2 -> signed ? ArgumentType.INT16 : ArgumentType.UINT16;
            case 4 -> signed ? ArgumentType.INT32 : ArgumentType.UINT32;
            default -> signed ? ArgumentType.INT64 : ArgumentType.UINT64;
        };
    }

    /** Returns what is doubtful: addresses that are too narrow to be any. */
    List<String> warnings(UsdtSpec spec) {
        List<String> warnings = new ArrayList<>();
        for (Argument argument : spec.args()) {
            boolean number = argument.type().valueClass() == ArgumentClass.INTEGER || argument.type() == ArgumentType.FD
                    || argument.type() == ArgumentType.CAPABILITY || argument.type() == ArgumentType.NOP;
            if (number && !argument.resolve().present()) {
                continue;
            }
            probe.places().stream().filter(place -> operand(place, argument.index()).width() < Long.BYTES).findFirst()
                    .ifPresent(place -> warnings.add(hook + ": argument " + argument.index() + ", operand \""
                            + place.texts().get(argument.index()) + "\", is too narrow for an address"));
        }
        return warnings;
    }

    /**
     * Checks that an argument can be changed.
     *
     * @throws TetragonException INVALID_ARGUMENT when it cannot, at some place
     */
    void requireSettable(int argument, Position at) throws TetragonException {
        for (UsdtProbe.Place place : probe.places()) {
            if (!operand(place, argument).settable()) {
                throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, hook + ": Set at " + at
                        + ", argument " + argument, "its operand \"" + place.texts().get(argument)
                        + "\" is not 4 bytes in memory", "Set writes to memory that the program reads again");
            }
        }
    }

    /** Tells the program where the arguments are: once where all places agree, else by place. */
    void applyTo(ObjectPlan.Builder object) {
        Map<Integer, UsdtOperand> common = new TreeMap<>(probe.places().get(0).operands());
        for (UsdtProbe.Place place : probe.places()) {
            common.replaceAll((argument, operand) ->
                    operand.equals(operand(place, argument)) ? operand : UsdtOperand.BY_PLACE);
        }
        object.constant(CONSTANT, bytes(common));
        if (!common.containsValue(UsdtOperand.BY_PLACE)) {
            object.omit(PLACES);
            return;
        }
        object.size(PLACES, probe.places().size());
        for (int number = 0; number < probe.places().size(); number++) {
            byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
            object.entry(PLACES, key, bytes(probe.places().get(number).operands()));
        }
    }

    private static UsdtOperand operand(UsdtProbe.Place place, int argument) {
        UsdtOperand operand = place.operands().get(argument);
        if (operand == null) {
            throw new IllegalArgumentException("argument " + argument + " was not asked for");
        }
        return operand;
    }

    private static byte[] bytes(Map<Integer, UsdtOperand> operands) {
        ByteBuffer bytes = ByteBuffer.allocate(PlaceLayout.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        operands.forEach((argument, operand) ->
                operand.put(bytes, PlaceLayout.OPERAND + argument * OperandLayout.SIZE));
        return bytes.array();
    }
}
