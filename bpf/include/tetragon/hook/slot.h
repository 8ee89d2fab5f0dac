/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Where readers put what they read. */
#ifndef TETRAGON_HOOK_SLOT_H
#define TETRAGON_HOOK_SLOT_H

#include <tetragon/hook/call.h>

/* Of the kernel's error numbers, those that readers return. */
#define EBADF 9
#define EFAULT 14
#define EINVAL 22

/*
 * The indices of arguments are known to the verifier wherever readers are called, and the configuration is frozen: what
 * these return are constants to it. The bounds are for the configuration's mistakes, which must not reach the kernel.
 */
static __always_inline __u32 slot_text(__u32 index)
{
	__u32 area = hook.argument[index].area;

	return area > HOOK_AREA ? HOOK_TEXT_ROOM : area + HOOK_TEXT_ROOM;
}

static __always_inline __u32 slot_limit(__u32 index)
{
	__u32 limit = hook.argument[index].limit;

	return limit - 1 < HOOK_TEXT_MAX ? limit : 1;
}

/* The kind's structure of this slot, cleared. */
#define slot_fixed(slot, type)                                                                                         \
	({                                                                                                             \
		_Static_assert(sizeof(type) <= HOOK_FIXED_MAX, "does not fit into a slot");                            \
		type *fixed_ = (type *)(slot)->data;                                                                   \
                                                                                                                       \
		(slot)->fixed = sizeof(type);                                                                          \
		*fixed_ = (type){};                                                                                    \
		fixed_;                                                                                                \
	})

/* Both bounds of `size` are known to the verifier; it fails on any part that is not there. */
static __always_inline long read_memory(void *to, __u32 size, __u64 from)
{
	return kernel_address(from) ? bpf_probe_read_kernel(to, size, (void *)from)
				    : bpf_probe_read_user(to, size, (void *)from);
}

/*
 * Reads text up to its NUL, and returns its size without it. Kernels before 6.13 count an empty text of user space as 0
 * bytes, others with its NUL.
 */
static __always_inline long read_memory_text(char *to, __u32 size, __u64 from)
{
	long got = kernel_address(from) ? bpf_probe_read_kernel_str(to, size, (void *)from)
					: bpf_probe_read_user_str(to, size, (void *)from);

	if (got < 0)
		return -EFAULT;
	return got > 0 ? got - 1 : 0;
}

/* Reads text to the place of the slot. */
static __always_inline int slot_read_text(struct hook_call *call, __u32 index, __u64 from)
{
	long size = read_memory_text(call->area + slot_text(index), slot_limit(index), from);

	if (size < 0)
		return size;
	call->slot[index].text_size = size;
	return 0;
}

#endif
