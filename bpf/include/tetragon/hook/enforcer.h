/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Enforcement in two steps: NotifyEnforcer leaves a notice for the thread wherever a selector holds, and the enforcer's
 * program, at a function that can be overridden, does what the notice says.
 *
 * A signal needs no second step when the thread is in one of the enforcer's system calls already: it is sent at once, and
 * nothing that could keep the enforcer from running keeps the process alive. What is to be overridden waits for the
 * enforcer, in memory of the thread: it cannot run full, is freed with the thread, and once there it is there for good.
 */
#ifndef TETRAGON_HOOK_ENFORCER_H
#define TETRAGON_HOOK_ENFORCER_H

#include <tetragon/hook/notice.h>
#include <tetragon/hook/scratch.h>
#include <tetragon/hook/syscall.h>
#include <tetragon/hook/thread.h>

#define ENOENT 2
#define ENOMEM 12

/*
 * Notices that are not for the call which the thread is in, or for one that may not reach the enforcer's function. One map for
 * all objects of a policy.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct enforcer_notice);
} enforcer_data SEC(".maps");

enum enforcer_flags {
	/* A function of the enforcer can be overridden; otherwise it only signals. */
	ENFORCER_OVERRIDES = 0x1,
	/* It is on functions that are not system calls: whether they are reached is not known when a call begins. */
	ENFORCER_HAS_FUNCTIONS = 0x2,
};

struct enforcer_conf {
	/* A bit for each SYSCALL_INDEX(). */
	__u64 calls[2 * SYSCALL_NUMBERS / 64];
	__u32 flags;
	/* Another number for each policy. */
	__u32 policy;
};

/* Array of one element, one map for all objects of a policy. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct enforcer_conf);
} enforcer_conf SEC(".maps");

static __always_inline __u64 enforcer_mix(__u64 hash, __u64 value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ULL;
}

/*
 * What tells a system call from the next ones of its thread: its number, its parameters and where it was made. A notice
 * whose call ended before the enforcer saw it must not strike another one.
 */
static __noinline __u64 enforcer_call(__u32 index)
{
	struct pt_regs *regs = user_registers();
	__u64 hash = index;

	hash = enforcer_mix(hash, regs->ip);
	hash = enforcer_mix(hash, regs->sp);
	hash = enforcer_mix(hash, regs->di);
	hash = enforcer_mix(hash, regs->si);
	hash = enforcer_mix(hash, regs->dx);
	hash = enforcer_mix(hash, regs->r10);
	hash = enforcer_mix(hash, regs->bx);
	hash = enforcer_mix(hash, regs->cx);
	return hash | 1;
}

static __always_inline __u32 enforcer_index(void)
{
	__u64 nr = user_registers()->orig_ax;

	return nr < SYSCALL_NUMBERS ? SYSCALL_INDEX(syscall_compat(), nr) : 2 * SYSCALL_NUMBERS;
}

static __noinline long enforcer_notify(__s32 error, __u32 signal)
{
	__u32 zero = 0, index = enforcer_index();
	struct enforcer_conf *conf = bpf_map_lookup_elem(&enforcer_conf, &zero);
	struct enforcer_notice *notice;
	bool listed = false, own;
	long failed = 0;

	if (!conf)
		return -ENOENT;
	if (index < 2 * SYSCALL_NUMBERS)
		listed = conf->calls[index / 64 & (2 * SYSCALL_NUMBERS / 64 - 1)] >> (index & 63) & 1;
	if (listed && signal) {
		failed = bpf_send_signal(signal);
		signal = 0;
	}
	if (!(conf->flags & ENFORCER_OVERRIDES))
		error = 0;
	if (!error && !signal)
		return failed;
	own = !listed || conf->flags & ENFORCER_HAS_FUNCTIONS;
	notice = own ? thread_storage(&enforcer_data, BPF_LOCAL_STORAGE_GET_F_CREATE)
		     : thread_storage(&enforcer_notices, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!notice) {
		hook_account(HOOK_NOTICE_LOST);
		return signal ? bpf_send_signal(signal) : -ENOMEM;
	}
	notice->call = listed || conf->flags & ENFORCER_HAS_FUNCTIONS ? enforcer_call(index) : 0;
	notice->error = error;
	notice->signal = signal;
	notice->policy = conf->policy;
	return failed;
}

static __always_inline void enforcer_clear(struct enforcer_notice *notice)
{
	if (notice)
		*notice = (struct enforcer_notice){};
}

/* What other policies have asked for stays. */
static __always_inline void enforcer_forget(void)
{
	struct enforcer_notice *notice = thread_storage(&enforcer_notices, 0);
	__u32 zero = 0;
	struct enforcer_conf *conf = bpf_map_lookup_elem(&enforcer_conf, &zero);

	if (notice && conf && notice->policy == conf->policy)
		enforcer_clear(notice);
	enforcer_clear(thread_storage(&enforcer_data, 0));
}

/*
 * Does what a notice says and clears it; where the program cannot override, the signal only. Returns the error to override
 * with, 0 for none.
 */
static __always_inline int enforcer_take(struct enforcer_notice *found, const bool overrides)
{
	struct enforcer_notice notice;

	if (!found || !(overrides ? found->error | found->signal : found->signal))
		return 0;
	notice = *found;
	if (overrides)
		enforcer_clear(found);
	else
		found->signal = 0;
	if (notice.call && notice.call != enforcer_call(enforcer_index())) {
		hook_account(HOOK_NOTICE_STALE);
		return 0;
	}
	if (notice.signal)
		bpf_send_signal(notice.signal);
	return notice.error;
}

/* Does what the current thread's notices say. Returns the error to override with, 0 for none. */
static __always_inline int enforcer_obey(void)
{
	int error = enforcer_take(thread_storage(&enforcer_notices, 0), true);
	int own = enforcer_take(thread_storage(&enforcer_data, 0), true);

	return error ? error : own;
}

/* Likewise, where no result can be given: those that are asked for are left to who can, of this policy or another. */
static __always_inline void enforcer_signals(void)
{
	enforcer_take(thread_storage(&enforcer_data, 0), false);
}

#endif
