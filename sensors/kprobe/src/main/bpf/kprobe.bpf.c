/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Functions by kprobe, kretprobe and their multi variants, for which the same programs are loaded with another attach type. */
#include <tetragon/hook/engine.h>
#include <tetragon/hook/registers.h>

DEFINE_OBJECT;

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	return function_parameter(ctx, index);
}

static __always_inline __u64 hook_result(void *ctx)
{
	return function_result(ctx);
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
	hook_enter(ctx, function_entry_place(ctx), false);
	return 0;
}

/* Of its own, because kernels without error injection, and attachments to many functions, refuse it. */
SEC("kprobe")
int hook_override(void *ctx)
{
	hook_enter(ctx, function_entry_place(ctx), true);
	return 0;
}

SEC("kretprobe")
int hook_return(void *ctx)
{
	hook_leave(ctx, function_return_place(ctx));
	return 0;
}

/* Where only signals are asked for, or no result can be given. */
SEC("kprobe")
int enforcer_signal(void *ctx)
{
	enforcer_signals();
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
