// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "helpers.h"

enum color {
	RED = 3,
	BLUE = 5,
};

struct behind_pointer {
	int x;
};

struct inner {
	u64 a;
	union {
		u32 b;
		u8 c[4];
	};
};

typedef struct inner number;

struct xy {
	u8 x;
};

struct outer {
	const volatile struct inner one;
	number many[3];
	struct behind_pointer *pointer;
	struct outer *self;
	enum color color;
	u32 low : 5;
	u32 high : 27;
	int (*function)(struct behind_pointer by_value);
	struct xy xy;
};

struct tiny {
	int x;
};

struct tiny___other {
	int y;
};

const volatile struct outer outer = {};
const volatile struct tiny tiny = {};
const volatile struct tiny___other other = {};

struct pid {
	int level;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct task_struct___flavour {
	int tgid;
} __attribute__((preserve_access_index));

SEC("raw_tp/sys_enter")
u64 by_raw_tp(void *ctx)
{
	struct task_struct *task = ctx;
	struct task_struct___flavour *flavour = ctx;

	return (u64)&task->pid - (u64)&flavour->tgid + __builtin_btf_type_id(*(struct pid *)0, 1);
}
