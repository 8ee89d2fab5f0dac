// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/** Kinds of BPF maps this binding creates or tells apart. */
public enum MapType {
    HASH(1), ARRAY(2), PROG_ARRAY(3), PERF_EVENT_ARRAY(4), PERCPU_HASH(5), PERCPU_ARRAY(6), STACK_TRACE(7),
    CGROUP_ARRAY(8), LRU_HASH(9), LRU_PERCPU_HASH(10), LPM_TRIE(11), ARRAY_OF_MAPS(12), HASH_OF_MAPS(13),
    QUEUE(22), STACK(23), STRUCT_OPS(26), RINGBUF(27), INODE_STORAGE(28), TASK_STORAGE(29), BLOOM_FILTER(30),
    USER_RINGBUF(31), CGRP_STORAGE(32), ARENA(33),
    /** A kind this binding has no name for. */
    OTHER(-1);

    private final int number;

    MapType(int number) {
        this.number = number;
    }

    /** @return the kernel's number, -1 for {@link #OTHER} */
    public int number() {
        return number;
    }

    /** @return whether each possible CPU has a value of its own */
    public boolean perCpu() {
        return this == PERCPU_HASH || this == PERCPU_ARRAY || this == LRU_PERCPU_HASH;
    }

    /** @return the kind with the kernel's number */
    public static MapType of(int number) {
        for (MapType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        return OTHER;
    }
}
