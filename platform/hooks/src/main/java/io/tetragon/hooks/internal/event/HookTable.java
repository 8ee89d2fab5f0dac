// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import org.jspecify.annotations.Nullable;

/**
 * The hooks by their numbers, read for every record: an open hash table without boxing that is never changed, but replaced.
 * Numbers are given in sequence, so their low bits hardly collide.
 */
final class HookTable {
    private volatile @Nullable Hook[] slots = new Hook[16];
    private int size;

    /** Returns a hook, null if there is none of that number. From any thread. */
    @Nullable Hook find(int number) {
        @Nullable Hook[] table = slots;
        for (int i = number & table.length - 1; ; i = i + 1 & table.length - 1) {
            Hook hook = table[i];
            if (hook == null || hook.number == number) {
                return hook;
            }
        }
    }

    /** Adds or replaces a hook. */
    synchronized void put(Hook hook) {
        replace(hook.number, hook);
    }

    /** @return whether it was there */
    synchronized boolean remove(int number) {
        int before = size;
        replace(number, null);
        return size < before;
    }

    synchronized boolean isEmpty() {
        return size == 0;
    }

    private void replace(int number, @Nullable Hook with) {
        int capacity = Integer.highestOneBit(Math.max(8, size + 1)) * 4;
        @Nullable Hook[] table = new Hook[capacity];
        int count = 0;
        for (Hook hook : slots) {
            if (hook != null && hook.number != number) {
                insert(table, hook);
                count++;
            }
        }
        if (with != null) {
            insert(table, with);
            count++;
        }
        size = count;
        slots = table;
    }

    private static void insert(@Nullable Hook[] table, Hook hook) {
        int i = hook.number & table.length - 1;
        while (table[i] != null) {
            i = i + 1 & table.length - 1;
        }
        table[i] = hook;
    }
}
