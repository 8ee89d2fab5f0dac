/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Credentials, namespaces and cgroup of a task, by direct loads: for programs whose task pointer the verifier trusts
 * (tp_btf, fentry, lsm).
 */
#ifndef TETRAGON_PROCESS_H
#define TETRAGON_PROCESS_H

#include "maps.h"

/* The kernel has no login uids without CONFIG_AUDIT. */
#define AUID_UNSET 0xffffffff

static __always_inline struct process_value *process_find(__u32 tgid)
{
	return bpf_map_lookup_elem(&process_map, &tgid);
}

/* The newest identity of a process, or of its nearest ancestor, that the agent was told. */
static __always_inline const struct process_key *process_told(const struct process_value *value)
{
	return value->told.pid ? &value->told : &value->key;
}

/* The identity for a record about a process: without its time where the agent was not told of it and must not wait. */
static __always_inline struct process_key process_identity(const struct process_value *value)
{
	struct process_key key = value->key;

	if (value->told.pid)
		key.ktime = 0;
	return key;
}

static __always_inline __u32 task_auid(struct task_struct *task)
{
	return bpf_core_field_exists(task->loginuid) ? task->loginuid.val : AUID_UNSET;
}

/*
 * The entry of a process's id for its innermost namespace. Only the host's is at a fixed place; for another the pointer is
 * read as a number, because older verifiers refuse to add a computed offset to a trusted one.
 */
static __always_inline void task_upid(struct task_struct *task, __u32 level, struct upid *upid)
{
	__u64 pid = 0;

	bpf_probe_read_kernel(&pid, sizeof(pid), &task->group_leader->thread_pid);
	pid += bpf_core_field_offset(struct pid, numbers) + (level & 31) * bpf_core_type_size(struct upid);
	upid->nr = BPF_CORE_READ((struct upid *)pid, nr);
	upid->ns = BPF_CORE_READ((struct upid *)pid, ns);
}

/*
 * Process id in the task's own namespace, and how many namespaces are above that one. The barrier here and below keeps the
 * compiler from sharing one load between both ways, which the verifier refuses: it would have two kinds of pointer.
 */
static __always_inline __u32 task_nspid(struct task_struct *task, __u32 *level)
{
	struct pid *pid = task->thread_pid;
	struct upid upid;
	__u32 nr;

	*level = pid->level;
	if (*level == 0)
		return task->tgid;
	task_upid(task, *level, &upid);
	nr = upid.nr;
	barrier_var(nr);
	return nr;
}

static __always_inline __u32 task_pid_namespace(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct upid upid;
	__u32 inum;

	if (pid->level == 0)
		return pid->numbers[0].ns->ns.inum;
	task_upid(task, pid->level, &upid);
	inum = BPF_CORE_READ(upid.ns, ns.inum);
	barrier_var(inum);
	return inum;
}

static __always_inline void task_namespaces(struct task_struct *task, struct msg_namespaces *ns)
{
	struct nsproxy *proxy = task->nsproxy;

	ns->uts_inum = proxy->uts_ns->ns.inum;
	ns->ipc_inum = proxy->ipc_ns ? proxy->ipc_ns->ns.inum : 0;
	ns->mnt_inum = proxy->mnt_ns->ns.inum;
	ns->pid_inum = task_pid_namespace(task);
	ns->pid_child_inum = proxy->pid_ns_for_children->ns.inum;
	ns->net_inum = proxy->net_ns->ns.inum;
	if (bpf_core_field_exists(proxy->time_ns)) {
		ns->time_inum = proxy->time_ns->ns.inum;
		ns->time_child_inum = proxy->time_ns_for_children->ns.inum;
	} else {
		ns->time_inum = 0;
		ns->time_child_inum = 0;
	}
	ns->cgroup_inum = proxy->cgroup_ns->ns.inum;
	ns->user_inum = task->cred->user_ns->ns.inum;
}

/* Inheritable, permitted and effective sets lie side by side, as one or two words each, in every kernel. */
static __always_inline void task_caps(const struct cred *cred, struct msg_capabilities *to)
{
	__u64 sets[3] = {};

	bpf_probe_read_kernel(sets, sizeof(sets), &cred->cap_inheritable);
	to->inheritable = sets[0];
	to->permitted = sets[1];
	to->effective = sets[2];
}

static __always_inline void task_creds(struct task_struct *task, struct msg_cred *to)
{
	const struct cred *cred = task->cred;

	to->uid = cred->uid.val;
	to->gid = cred->gid.val;
	to->suid = cred->suid.val;
	to->sgid = cred->sgid.val;
	to->euid = cred->euid.val;
	to->egid = cred->egid.val;
	to->fsuid = cred->fsuid.val;
	to->fsgid = cred->fsgid.val;
	to->securebits = cred->securebits;
	to->pad = 0;
	task_caps(cred, &to->caps);
}

#endif
