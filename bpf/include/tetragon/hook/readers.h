/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Reading the arguments of a call. Included behind the program's own `const volatile struct hook_config hook`.
 *
 * Pointers are numbers here, in every type of program alike: they come through steps, maps and registers, so the verifier
 * trusts none of them. Programs whose argument has a kind carry its reader only, for the kind is frozen before loading.
 */
#ifndef TETRAGON_HOOK_READERS_H
#define TETRAGON_HOOK_READERS_H

#include <tetragon/hook/read_number.h>
#include <tetragon/hook/read_path.h>
#include <tetragon/hook/read_text.h>

static __always_inline int read_kind(void *ctx, struct hook_call *call, __u32 index, __u64 value, __u64 size)
{
	switch (hook.argument[index].kind) {
	case KIND_NOP:
		return 0;
	case KIND_INTEGER:
		return read_integer(call, index, value);
	case KIND_SYSCALL:
		return read_syscall(call, index, value);
	case KIND_CAPABILITIES:
		return read_capabilities(call, index, value);
	case KIND_STRING:
		return slot_read_text(call, index, value);
	case KIND_CHAR_BUF:
		return read_char_buf(call, index, value, size);
	case KIND_FD:
		return read_fd(call, index, value);
	case KIND_FILE:
		return read_file(call, index, value);
	case KIND_PATH:
		return read_path(call, index, value);
	case KIND_DENTRY:
		return read_dentry(call, index, value);
	case KIND_KIOCB:
		return read_kiocb(call, index, value);
	case KIND_LINUX_BINPRM:
		return read_binprm(call, index, value);
	default:
		return -EINVAL;
	}
}

/*
 * Reads argument `index`, which the verifier must know as a number, from `value`: what its source and its steps yielded.
 * `size` is the value of its size parameter. Returns 0, or the negative error that slot.status then has; then the slot has
 * neither structure nor text.
 */
static __noinline int hook_read(void *ctx, struct hook_call *call, __u32 index, __u64 value, __u64 size)
{
	struct hook_slot *slot;
	int status;

	if (index >= HOOK_SLOTS)
		return -EINVAL;
	slot = &call->slot[index];
	slot->step = 0;
	slot->fixed = 0;
	slot->text = slot_text(index);
	slot->text_size = 0;
	slot->value = value;
	status = read_kind(ctx, call, index, value, size);
	slot->status = status;
	if (status) {
		slot->fixed = 0;
		slot->text_size = 0;
	}
	return status;
}

#endif
