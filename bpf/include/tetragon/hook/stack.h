/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Stack traces, kept behind the texts until the record is written. */
#ifndef TETRAGON_HOOK_STACK_H
#define TETRAGON_HOOK_STACK_H

#include <tetragon/hook/scratch.h>

#define STACK_BYTES (HOOK_STACK_DEPTH * sizeof(__u64))
#define STACK_KERNEL HOOK_TEXT_LAST
#define STACK_USER (STACK_KERNEL + STACK_BYTES)

_Static_assert(STACK_USER + STACK_BYTES <= sizeof(((struct hook_call *)0)->area), "no room for stack traces");

static __always_inline __u32 stack_read(void *ctx, char *to, __u64 flags)
{
	long bytes = bpf_get_stack(ctx, to, STACK_BYTES, flags);

	return bytes > 0 ? bytes : 0;
}

/* Returns the bytes of both. */
static __always_inline __u32 hook_read_stacks(void *ctx, struct hook_call *call)
{
	if (call->stacks & ACTION_KERNEL_STACK)
		call->msg.kernel_stack = stack_read(ctx, call->area + STACK_KERNEL, 0);
	if (call->stacks & ACTION_USER_STACK)
		call->msg.user_stack = stack_read(ctx, call->area + STACK_USER, BPF_F_USER_STACK);
	if (call->msg.kernel_stack)
		call->msg.common.flags |= MSG_KERNEL_STACK;
	if (call->msg.user_stack)
		call->msg.common.flags |= MSG_USER_STACK;
	return call->msg.kernel_stack + call->msg.user_stack;
}

static __always_inline __u32 stack_write(struct bpf_dynptr *record, __u32 at, char *from, __u32 bytes)
{
	if (bytes == 0)
		return at;
	/* One comparison at a time: the compiler would make one of two, on a copy of which the verifier learns nothing. */
	barrier_var(bytes);
	if (bytes > STACK_BYTES)
		return at;
	bpf_dynptr_write(record, at, from, bytes, 0);
	return at + bytes;
}

#endif
