/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Functions of programs and libraries by uprobe, uretprobe and their multi variants, for which the same programs are loaded
 * with another attach type.
 */

/* Functions of programs call themselves more deeply than the kernel's do. */
#define HOOK_FRAMES 32
/* A thread's stack in user space is 8 MiB, if it is not limited otherwise. */
#define STACK_SHIFT 23

#define HOOK_OVERRIDES_BY_REGISTERS

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
	return ctx;
}

/* The lower half of a cookie is the number of the attachment, the upper half its address in the file. */
static __always_inline __u32 hook_attachment(void *ctx)
{
	return bpf_get_attach_cookie(ctx);
}

static __always_inline __u64 hook_address_in_file(void *ctx)
{
	return bpf_get_attach_cookie(ctx) >> 32;
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return then == now;
}

SEC("uprobe")
int hook_entry(void *ctx)
{
	hook_enter(ctx, function_entry_place(ctx), false);
	return 0;
}

SEC("uretprobe")
int hook_return(void *ctx)
{
	hook_leave(ctx, function_return_place(ctx));
	return 0;
}
