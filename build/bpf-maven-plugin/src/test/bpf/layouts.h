/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef LAYOUTS_H
#define LAYOUTS_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

enum sample_op {
	OP_FIRST = 1,
	OP_LAST = 254,
	OP_NONE = -1,
};

struct header {
	u8 op;
	u8 flags;
	u32 size;
	u64 ktime;
};

struct sample {
	struct header common;
	u32 size;
	char name[17];
	union {
		u64 addr;
		u32 port;
	};
	struct {
		u32 first;
		const volatile u32 second;
	} pair;
	struct header both[2];
	enum sample_op kind;
	void *next;
	u8 tail[];
};

#endif
