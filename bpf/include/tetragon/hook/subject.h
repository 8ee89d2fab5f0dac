/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What filters look at besides arguments: the process and its ancestors, its binary, namespaces and capabilities. */
#ifndef TETRAGON_HOOK_SUBJECT_H
#define TETRAGON_HOOK_SUBJECT_H

#include <tetragon/hook/number.h>
#include <tetragon/hook/owner.h>

/* Parents that a filter with FILTER_FOLLOW looks at. */
#define ANCESTORS_MAX 32

/* Of the host; the kernel's PROC_USER_INIT_INO. */
#define HOST_USER_NAMESPACE 0xeffffffd

static __always_inline __u32 task_number(struct task_struct *task, bool in_namespace)
{
	__u32 level;

	return in_namespace ? task_nspid(task, &level) : task->tgid;
}

/*
 * Descendants are told by the kernel's own tree: it knows all parents that still live, and no entry of a process that has
 * executed another program stands in its way.
 */
static __noinline bool pid_matches(struct hook_call *call, __u32 index, bool in_namespace)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 i;

	if (hook.flags & HOOK_TRACKS_SOCKS && call->pid_tgid != bpf_get_current_pid_tgid())
		return number_matches(filter, in_namespace ? hook_process(call)->nspid : call->pid_tgid >> 32);
#pragma clang loop unroll(disable)
	for (i = 0; i <= ANCESTORS_MAX; i++) {
		if (number_matches(filter, task_number(task, in_namespace)))
			return true;
		if (!(filter->flags & FILTER_FOLLOW) || task->tgid == 0)
			return false;
		task = task->real_parent;
	}
	return false;
}

static __always_inline bool binary_matches(struct hook_call *call, const volatile struct hook_filter *filter)
{
	struct hook_process *process = hook_process(call);
	__u32 set = filter->value, word = set / 64 & (BINARY_SET_WORDS - 1);
	bool follow = filter->flags & FILTER_FOLLOW;
	__u64 sets;

	if (filter->subject == SUBJECT_BINARY)
		sets = process->binary_sets[word] | (follow ? process->inherited_sets[word] : 0);
	else
		sets = follow ? process->inherited_sets[word] : process->parent_binary_sets[word];
	return sets >> (set & 63) & 1;
}

/* `which` is an index into struct msg_namespaces. */
static __noinline __u32 current_namespace(__u32 which)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nsproxy *proxy = task->nsproxy;

	switch (which * sizeof(__u32)) {
	case __builtin_offsetof(struct msg_namespaces, uts_inum):
		return proxy->uts_ns->ns.inum;
	case __builtin_offsetof(struct msg_namespaces, ipc_inum):
		return proxy->ipc_ns->ns.inum;
	case __builtin_offsetof(struct msg_namespaces, mnt_inum):
		return proxy->mnt_ns->ns.inum;
	case __builtin_offsetof(struct msg_namespaces, pid_inum):
		return task_pid_namespace(task);
	case __builtin_offsetof(struct msg_namespaces, pid_child_inum):
		return proxy->pid_ns_for_children->ns.inum;
	case __builtin_offsetof(struct msg_namespaces, net_inum):
		return proxy->net_ns->ns.inum;
	case __builtin_offsetof(struct msg_namespaces, time_inum):
		return bpf_core_field_exists(proxy->time_ns) ? proxy->time_ns->ns.inum : 0;
	case __builtin_offsetof(struct msg_namespaces, time_child_inum):
		return bpf_core_field_exists(proxy->time_ns) ? proxy->time_ns_for_children->ns.inum : 0;
	case __builtin_offsetof(struct msg_namespaces, cgroup_inum):
		return proxy->cgroup_ns->ns.inum;
	default:
		return task->cred->user_ns->ns.inum;
	}
}

#define NAMESPACES (sizeof(struct msg_namespaces) / sizeof(__u32))

/* Returns the namespaces, as bits, that are others than at exec; negative if that is not known. */
static __noinline int namespaces_changed(struct hook_call *call, __u32 wanted)
{
	struct process_value *value = process_find(hook_pid_tgid(call) >> 32);
	__u32 i, changed = 0;

	if (!value)
		return -1;
#pragma clang loop unroll(disable)
	for (i = 0; i < NAMESPACES; i++) {
		if (wanted & 1 << i && ((__u32 *)&value->ns)[i] != current_namespace(i))
			changed |= 1 << i;
	}
	return changed;
}

/* `which` is an index into struct msg_capabilities. */
static __always_inline __u64 capabilities_of(const struct msg_capabilities *caps, __u32 which)
{
	switch (which * sizeof(__u64)) {
	case __builtin_offsetof(struct msg_capabilities, permitted):
		return caps->permitted;
	case __builtin_offsetof(struct msg_capabilities, effective):
		return caps->effective;
	default:
		return caps->inheritable;
	}
}

static __noinline __u64 current_capabilities(__u32 which)
{
	struct msg_capabilities caps;

	task_caps(bpf_get_current_task_btf()->cred, &caps);
	return capabilities_of(&caps, which);
}

static __always_inline bool in_host_user_namespace(void)
{
	return bpf_get_current_task_btf()->cred->user_ns->ns.inum == HOST_USER_NAMESPACE;
}

#endif
