/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Functions by kprobe, kretprobe and their multi variants, for which the same programs are loaded with another attach type. */
#include <tetragon/hook/engine.h>

DEFINE_OBJECT;

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

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
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

static __always_inline __u64 hook_result(void *ctx)
{
	return REGISTER(ctx, ax);
}

static __always_inline void *hook_registers(void *ctx)
{
	return hook.flags & HOOK_SYSCALL ? user_registers() : ctx;
}

static __always_inline __u32 hook_attachment(void *ctx)
{
	return bpf_get_attach_cookie(ctx);
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return then == now;
}

SEC("kprobe")
int hook_entry(void *ctx)
{
	hook_enter(ctx, REGISTER(ctx, sp), false);
	return 0;
}

/* Of its own, because kernels without error injection, and attachments to many functions, refuse it. */
SEC("kprobe")
int hook_override(void *ctx)
{
	hook_enter(ctx, REGISTER(ctx, sp), true);
	return 0;
}

/* The return address, which the stack pointer points to at the entry, is gone. */
SEC("kretprobe")
int hook_return(void *ctx)
{
	hook_leave(ctx, REGISTER(ctx, sp) - sizeof(__u64));
	return 0;
}

/* Where only signals are asked for, or no result can be given. */
SEC("kprobe")
int enforcer_signal(void *ctx)
{
	enforcer_obey();
	return 0;
}

SEC("kprobe")
int enforcer(void *ctx)
{
	int error = enforcer_obey();

	if (error)
		bpf_override_return(ctx, (__s64)error);
	return 0;
}
