/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of numbers. */
#ifndef TETRAGON_HOOK_READ_NUMBER_H
#define TETRAGON_HOOK_READ_NUMBER_H

#include <tetragon/hook/slot.h>

/* Of thread_info.status: the system call came by a 32-bit entry. */
#define TS_COMPAT 0x2

static __always_inline bool task_in_compat_call(void)
{
	return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT;
}

/* What is above the width does not belong to the value: callers leave anything in the upper half of a register. */
static __always_inline __u64 number_of_width(__u64 value, __u8 width, bool is_signed)
{
	switch (width) {
	case 1:
		return is_signed ? (__u64)(__s8)value : (__u8)value;
	case 2:
		return is_signed ? (__u64)(__s16)value : (__u16)value;
	case 4:
		return is_signed ? (__u64)(__s32)value : (__u32)value;
	default:
		return value;
	}
}

static __always_inline int read_integer(struct hook_call *call, __u32 index, __u64 value)
{
	struct arg_number *number = slot_fixed(&call->slot[index], struct arg_number);
	__u8 width = hook.argument[index].width;

	if (hook.argument[index].flags & ARGUMENT_LOAD) {
		__u64 from = value;
		long failed;

		value = 0;
		switch (width) {
		case 1:
			failed = read_memory(&value, 1, from);
			break;
		case 2:
			failed = read_memory(&value, 2, from);
			break;
		case 4:
			failed = read_memory(&value, 4, from);
			break;
		default:
			failed = read_memory(&value, 8, from);
		}
		if (failed)
			return -EFAULT;
	}
	number->value = number_of_width(value, width, hook.argument[index].flags & ARGUMENT_SIGNED);
	return 0;
}

static __always_inline int read_syscall(struct hook_call *call, __u32 index, __u64 value)
{
	struct arg_number *number = slot_fixed(&call->slot[index], struct arg_number);

	number->value = value | (task_in_compat_call() ? SYSCALL_COMPAT : 0);
	return 0;
}

static __always_inline int read_capabilities(struct hook_call *call, __u32 index, __u64 value)
{
	struct arg_number *number = slot_fixed(&call->slot[index], struct arg_number);

	return read_memory(number, sizeof(*number), value);
}

#endif
