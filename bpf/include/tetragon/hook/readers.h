/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Reading the arguments of a call. Included behind the program's own `const volatile struct hook_config hook`.
 *
 * Pointers are numbers here, in every type of program alike: they come through steps, maps and registers, so the verifier
 * trusts none of them. Programs whose argument has a kind carry its reader only, for the kind is frozen before loading.
 */
#ifndef TETRAGON_HOOK_READERS_H
#define TETRAGON_HOOK_READERS_H

#include <tetragon/hook/read_bpf.h>
#include <tetragon/hook/read_bytes.h>
#include <tetragon/hook/read_cred.h>
#include <tetragon/hook/read_module.h>
#include <tetragon/hook/read_number.h>
#include <tetragon/hook/read_path.h>
#include <tetragon/hook/read_socket.h>
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
		return read_string(call, index, value);
	case KIND_CHAR_BUF:
		return read_char_buf(call, index, value, size);
	case KIND_CHAR_IOVEC:
		return read_char_iovec(call, index, value, size);
	case KIND_IOV_ITER:
		return read_iov_iter(call, index, value);
	case KIND_DATA_LOC:
		return read_data_loc(ctx, call, index, value);
	case KIND_CONST_BUF:
		return read_const_buf(ctx, call, index);
	case KIND_NET_DEVICE:
		return read_net_device(call, index, value);
	case KIND_FILENAME:
		return read_filename(call, index, value);
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
	case KIND_SKB:
		return read_skb(call, index, value);
	case KIND_SOCK:
		return read_sock(call, index, value);
	case KIND_SOCKET:
		return read_socket(call, index, value);
	case KIND_SOCKADDR:
		return read_sockaddr(call, index, value);
	case KIND_SOCKADDR_UN:
		return read_sockaddr_un(call, index, value, size);
	case KIND_CRED:
		return read_cred(call, index, value);
	case KIND_USER_NAMESPACE:
		return read_user_namespace(call, index, value);
	case KIND_BPF_ATTR:
		return read_bpf_attr(call, index, value);
	case KIND_BPF_PROG:
		return read_bpf_prog(call, index, value);
	case KIND_BPF_MAP:
		return read_bpf_map(call, index, value);
	case KIND_PERF_EVENT:
		return read_perf_event(call, index, value);
	case KIND_LOAD_INFO:
		return read_load_info(call, index, value);
	case KIND_MODULE:
		return read_module(call, index, value);
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
