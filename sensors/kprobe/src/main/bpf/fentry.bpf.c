/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Functions by trampolines: fentry, fexit, and fmod_ret, which overrides by what it returns. Targets are set at loading. */
#include <tetragon/hook/engine.h>

DEFINE_OBJECT;

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, index, &value);
	return value;
}

static __always_inline __u64 hook_result(void *ctx)
{
	__u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return value;
}

static __always_inline void *hook_registers(void *ctx)
{
	return user_registers();
}

static __always_inline __u32 hook_attachment(void *ctx)
{
	return bpf_get_attach_cookie(ctx);
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return then == now;
}

/*
 * What tells a call from others: the trampoline keeps the parameters in its own stack frame and gives all programs of a call
 * the same address of them. It is as good as the stack pointer, which trampolines do not tell.
 */
#define PLACE(ctx) ((__u64)(ctx))

SEC("fentry")
int hook_fentry(void *ctx)
{
	hook_enter(ctx, PLACE(ctx), false);
	return 0;
}

SEC("fexit")
int hook_fexit(void *ctx)
{
	hook_leave(ctx, PLACE(ctx));
	return 0;
}

/* 64 bits wide, because functions that return a long have an int's sign cut off. */
SEC("fmod_ret")
__s64 hook_fmod_ret(void *ctx)
{
	return hook_enter(ctx, PLACE(ctx), false);
}

SEC("fmod_ret")
__s64 enforcer_fmod_ret(void *ctx)
{
	return enforcer_obey();
}
