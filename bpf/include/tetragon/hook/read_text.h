/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of texts that lie somewhere. */
#ifndef TETRAGON_HOOK_READ_TEXT_H
#define TETRAGON_HOOK_READ_TEXT_H

#include <tetragon/hook/slot.h>

static __always_inline int read_string(struct hook_call *call, __u32 index, __u64 value)
{
	return slot_read_text(call, index, value);
}

static __always_inline int read_filename(struct hook_call *call, __u32 index, __u64 filename)
{
	if (!kernel_address(filename))
		return -EFAULT;
	return slot_read_text(call, index, (__u64)kernel_load(struct filename, filename, name));
}

static __always_inline int read_net_device(struct hook_call *call, __u32 index, __u64 device)
{
	if (!kernel_address(device))
		return -EFAULT;
	return slot_read_text(call, index, device + bpf_core_field_offset(struct net_device, name));
}

/* The value says where in the record the text is: its offset in the lower half, its size with a NUL in the upper. */
static __always_inline int read_data_loc(void *ctx, struct hook_call *call, __u32 index, __u64 value)
{
	struct hook_slot *slot = &call->slot[index];
	__u32 at = value & 0xffff, size = (value >> 16) & 0xffff, limit = slot_limit(index);
	long got;

	if (hook.argument[index].flags & ARGUMENT_REL_LOC)
		at += hook.argument[index].offset + sizeof(__u32);
	if (size == 0)
		return 0;
	if (size > limit)
		size = limit;
	/* Older verifiers forget what the comparisons said of the other copy. */
	barrier_var(size);
	if (size - 1 >= HOOK_TEXT_MAX)
		return -EINVAL;
	got = bpf_probe_read_kernel_str(call->area + slot_text(index), size, ctx + at);
	if (got <= 0)
		return got ?: -EFAULT;
	slot->text_size = got - 1;
	return 0;
}

#endif
