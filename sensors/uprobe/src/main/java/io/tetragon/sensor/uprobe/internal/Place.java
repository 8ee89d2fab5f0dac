// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.hooks.event.UprobePlace;

/**
 * Where a program of a uprobe is attached.
 *
 * @param shown in events
 * @param offset in the file
 * @param address as the linker saw it
 */
record Place(UprobePlace shown, long offset, long address) {
    /** Returns what it is called in messages. */
    String name() {
        if (shown.symbol().isEmpty()) {
            return "offset 0x" + Long.toHexString(offset);
        }
        return shown.offset() == 0 ? shown.symbol() : shown.symbol() + "+" + shown.offset();
    }
}
