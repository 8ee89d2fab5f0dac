/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The process that a call belongs to: the current one, or the one that owns the socket which the call is about. */
#ifndef TETRAGON_HOOK_OWNER_H
#define TETRAGON_HOOK_OWNER_H

#include <tetragon/hook/fetch.h>
#include <tetragon/process.h>

/* policy_socks: who had a socket when TrackSock saw it. */
struct sock_owner {
	__u64 pid_tgid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct sock_owner);
} policy_socks SEC(".maps");

static __always_inline __u64 hook_pid_tgid(const struct hook_call *call)
{
	if (hook.flags & HOOK_TRACKS_SOCKS)
		return call->pid_tgid;
	return bpf_get_current_pid_tgid();
}

static __always_inline __u64 sock_address(const struct hook_slot *slot)
{
	return slot->status ? 0 : ((const struct arg_sock *)slot->data)->cookie;
}

/* Work for a socket may be done by whatever process is interrupted for it: it belongs to the owner, where that is known. */
static __always_inline void hook_find_owner(void *ctx, struct hook_call *call)
{
	__u32 i;

	if (!(hook.flags & HOOK_TRACKS_SOCKS))
		return;
	call->pid_tgid = bpf_get_current_pid_tgid();
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ARGUMENTS_MAX && i < hook.arguments; i++) {
		struct sock_owner *owner;
		__u64 sock;

		if (hook.argument[i].kind != KIND_SOCK && hook.argument[i].kind != KIND_SOCKET)
			continue;
		if (hook.argument[i].flags & ARGUMENT_AT_RETURN)
			continue;
		hook_need(ctx, call, i);
		sock = sock_address(&call->slot[i]);
		owner = bpf_map_lookup_elem(&policy_socks, &sock);
		if (owner) {
			call->pid_tgid = owner->pid_tgid;
			return;
		}
	}
}

/* What the process map knows, looked up at most once for a call. */
static __always_inline struct hook_process *hook_process(struct hook_call *call)
{
	struct hook_process *process = &call->process;
	struct process_value *value;
	__u32 tgid;

	if (process->state != HOOK_PROCESS_UNREAD)
		return process;
	tgid = hook_pid_tgid(call) >> 32;
	value = process_find(tgid);
	if (value) {
		process->state = HOOK_PROCESS_KNOWN;
		process->key = process_identity(value);
	} else {
		process->state = HOOK_PROCESS_UNKNOWN;
		process->key.pid = tgid;
		process->key.pad = 0;
		process->key.ktime = 0;
	}
	if (!(hook.flags & HOOK_NEEDS_PROCESS))
		return process;
	/* A process of which nothing is known is in no set: exceptions are not made for it. */
	if (value) {
		process->nspid = value->nspid;
		__builtin_memcpy(process->binary_sets, value->binary_sets, sizeof(value->binary_sets));
		__builtin_memcpy(process->parent_binary_sets, value->parent_binary_sets,
				 sizeof(value->parent_binary_sets));
		__builtin_memcpy(process->inherited_sets, value->inherited_sets, sizeof(value->inherited_sets));
	} else {
		process->nspid = 0;
		__builtin_memset(process->binary_sets, 0, sizeof(process->binary_sets));
		__builtin_memset(process->parent_binary_sets, 0, sizeof(process->parent_binary_sets));
		__builtin_memset(process->inherited_sets, 0, sizeof(process->inherited_sets));
	}
	return process;
}

#endif
