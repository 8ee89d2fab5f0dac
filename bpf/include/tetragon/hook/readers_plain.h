/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The readers that need to know next to nothing of the kernel's types; see HOOK_PLAIN. */
#ifndef TETRAGON_HOOK_READERS_PLAIN_H
#define TETRAGON_HOOK_READERS_PLAIN_H

#include <tetragon/hook/read_bytes.h>
#include <tetragon/hook/read_number.h>
#include <tetragon/hook/read_text.h>

static __always_inline int read_plain_kind(void *ctx, struct hook_call *call, __u32 index, __u64 value, __u64 size)
{
	switch (hook.argument[index].kind) {
	case KIND_SYSCALL:
		return read_syscall(call, index, value);
	case KIND_CAPABILITIES:
		return read_capabilities(call, index, value);
	case KIND_STRING:
		return read_string(call, index, value);
	case KIND_CHAR_BUF:
		return read_char_buf(call, index, value, size);
	case KIND_CHAR_IOVEC:
		return read_char_iovec(call, index, value, size);
	case KIND_DATA_LOC:
		return read_data_loc(ctx, call, index, value);
	case KIND_CONST_BUF:
		return read_const_buf(ctx, call, index);
	default:
		return -EINVAL;
	}
}

/* As in readers.h. */
static __noinline int hook_read(void *ctx, struct hook_call *call, __u32 index, __u64 value, __u64 size)
{
	struct hook_slot *slot;
	int status;

	if (index >= HOOK_SLOTS)
		return -EINVAL;
	slot = &call->slot[index];
	slot->text = slot_text(index);
	status = read_plain_kind(ctx, call, index, value, size);
	slot->status = status;
	if (status) {
		slot->fixed = 0;
		slot->text_size = 0;
	}
	return status;
}

#endif
