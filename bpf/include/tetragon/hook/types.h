/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Kernel types and map types that only the generic hook programs need. */
#ifndef TETRAGON_HOOK_TYPES_H
#define TETRAGON_HOOK_TYPES_H

#include <tetragon/kernel.h>

/* Kernel ABI. */
enum {
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1U << 0,
	BPF_F_USER_STACK = 1U << 8,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct___hook {
	void *stack;
};

#pragma clang attribute pop

#endif
