/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A function's parameters and result for programs whose context is its struct pt_regs. Of x86-64, System V. */
#ifndef TETRAGON_HOOK_REGISTERS_H
#define TETRAGON_HOOK_REGISTERS_H

#include <tetragon/kernel.h>

/* A load at a fixed place: the compiler must not make one of several that computes the place, which the verifier refuses. */
#define REGISTER(ctx, name)                                                                                            \
	({                                                                                                             \
		__u64 value_;                                                                                          \
                                                                                                                       \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                                                                  \
			     : "=r"(value_)                                                                            \
			     : "r"(ctx), "i"(__builtin_offsetof(struct pt_regs, name)));                               \
		value_;                                                                                                \
	})

static __always_inline __u64 function_parameter(void *ctx, __u32 index)
{
	switch (index) {
	case 0:
		return REGISTER(ctx, di);
	case 1:
		return REGISTER(ctx, si);
	case 2:
		return REGISTER(ctx, dx);
	case 3:
		return REGISTER(ctx, cx);
	case 4:
		return REGISTER(ctx, r8);
	default:
		return REGISTER(ctx, r9);
	}
}

static __always_inline __u64 function_result(void *ctx)
{
	return REGISTER(ctx, ax);
}

/* A store at a fixed place, for the same reason. */
#define SET_REGISTER(ctx, name, value)                                                                                 \
	asm volatile("*(u64 *)(%0 + %2) = %1" ::"r"(ctx), "r"(value), "i"(__builtin_offsetof(struct pt_regs, name))   \
		     : "memory")

/* `place` is where struct pt_regs has the register; segments and flags are not the policy's to set. */
static __always_inline void function_set_register(void *ctx, __u32 place, __u64 value)
{
#define CASE(name)                                                                                                     \
	case __builtin_offsetof(struct pt_regs, name):                                                                 \
		SET_REGISTER(ctx, name, value);                                                                        \
		break
	switch (place) {
		CASE(r15);
		CASE(r14);
		CASE(r13);
		CASE(r12);
		CASE(bp);
		CASE(bx);
		CASE(r11);
		CASE(r10);
		CASE(r9);
		CASE(r8);
		CASE(ax);
		CASE(cx);
		CASE(dx);
		CASE(si);
		CASE(di);
		CASE(ip);
		CASE(sp);
	default:
		break;
	}
#undef CASE
}

/* What tells a call from others: where its return address lies, at its entry and, taken from there, at its return. */
static __always_inline __u64 function_entry_place(void *ctx)
{
	return REGISTER(ctx, sp);
}

static __always_inline __u64 function_return_place(void *ctx)
{
	return REGISTER(ctx, sp) - sizeof(__u64);
}

#endif
