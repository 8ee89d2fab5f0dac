/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of numbers. */
#ifndef TETRAGON_HOOK_READ_NUMBER_H
#define TETRAGON_HOOK_READ_NUMBER_H

#include <tetragon/hook/slot.h>
#include <tetragon/hook/syscall.h>

/* The width was seen to when the value was fetched. */
static __always_inline int read_integer(struct hook_call *call, __u32 index, __u64 value)
{
	struct arg_number *number = slot_fixed(&call->slot[index], struct arg_number);

	number->value = value;
	return 0;
}

static __always_inline int read_syscall(struct hook_call *call, __u32 index, __u64 value)
{
	struct arg_number *number = slot_fixed(&call->slot[index], struct arg_number);

	number->value = value | (syscall_compat() ? SYSCALL_COMPAT : 0);
	return 0;
}

static __always_inline int read_capabilities(struct hook_call *call, __u32 index, __u64 value)
{
	struct arg_number *number = slot_fixed(&call->slot[index], struct arg_number);

	return read_memory(number, sizeof(*number), value);
}

#endif
