/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Raw tracepoints: arguments are the parameters of the kernel's TP_PROTO. */
#include <tetragon/hook/single.h>

DEFINE_OBJECT;

/* A load at a fixed place: the compiler must not make one of several that computes the place, which the verifier refuses. */
#define ARGUMENT(ctx, index)                                                                                           \
	({                                                                                                             \
		__u64 value_;                                                                                          \
                                                                                                                       \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value_) : "r"(ctx), "i"(8 * (index)));                    \
		value_;                                                                                                \
	})

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	switch (index) {
	case 0:
		return ARGUMENT(ctx, 0);
	case 1:
		return ARGUMENT(ctx, 1);
	case 2:
		return ARGUMENT(ctx, 2);
	case 3:
		return ARGUMENT(ctx, 3);
	case 4:
		return ARGUMENT(ctx, 4);
	case 5:
		return ARGUMENT(ctx, 5);
	case 6:
		return ARGUMENT(ctx, 6);
	case 7:
		return ARGUMENT(ctx, 7);
	case 8:
		return ARGUMENT(ctx, 8);
	default:
		return ARGUMENT(ctx, 9);
	}
}

static __always_inline void *hook_registers(void *ctx)
{
	return user_registers();
}

SEC("raw_tracepoint")
int hook_raw_tracepoint(void *ctx)
{
	hook_enter(ctx, 0, false);
	return 0;
}
