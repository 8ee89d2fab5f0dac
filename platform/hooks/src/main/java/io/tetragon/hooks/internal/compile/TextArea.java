// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.HookLimits;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Divides the scratch area among the arguments that have a text: evenly, so that none is cut while another has room to spare. */
final class TextArea {
    /** The longest text, with its NUL. */
    static final int TEXT_MAX = 4096;

    /** What readers need besides the text, such as room for a component of a path that turns out to be one too many. */
    private static final int SLACK = 512;

    private static final int ALIGNMENT = 8;

    /** A piece: where it begins and how many bytes the text in it may have. */
    record Piece(int area, int limit) {
        static final Piece NONE = new Piece(0, 0);
    }

    private final Map<Integer, Piece> pieces = new HashMap<>();

    TextArea(Collection<Slot> slots) {
        int texts = (int) slots.stream().filter(slot -> Kinds.text(slot.kind())).count();
        if (texts == 0) {
            return;
        }
        int stride = Math.min(TEXT_MAX + SLACK, HookLimits.HOOK_AREA / texts) & -ALIGNMENT;
        int next = 0;
        for (Slot slot : slots) {
            if (Kinds.text(slot.kind())) {
                pieces.put(slot.resolved().slot(), new Piece(next, limit(slot, stride - SLACK)));
                next += stride;
            }
        }
    }

    /** A string that fills its array has no NUL: what lies behind the array is not part of it. */
    private static int limit(Slot slot, int room) {
        return slot.size() == 0 ? room
                : Math.min(room, slot.kind() == HookKind.KIND_STRING ? slot.size() + 1 : slot.size());
    }

    Piece of(Slot slot) {
        return pieces.getOrDefault(slot.resolved().slot(), Piece.NONE);
    }
}
