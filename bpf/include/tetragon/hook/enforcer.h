/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Enforcement in two steps: NotifyEnforcer leaves a notice for the thread wherever a selector holds, and the enforcer's
 * program, at a function that can be overridden, does what the notice says.
 */
#ifndef TETRAGON_HOOK_ENFORCER_H
#define TETRAGON_HOOK_ENFORCER_H

#include <tetragon/hook/types.h>

struct enforcer_notice {
	/* Negative, or 0: nothing is overridden. */
	__s32 error;
	/* 0: none is sent. */
	__u32 signal;
};

/* One for all objects of a policy; the key is the result of bpf_get_current_pid_tgid(). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct enforcer_notice);
} enforcer_data SEC(".maps");

static __always_inline long enforcer_notify(__s32 error, __u32 signal)
{
	struct enforcer_notice notice = { .error = error, .signal = signal };
	__u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_update_elem(&enforcer_data, &thread, &notice, BPF_ANY);
}

static __always_inline void enforcer_forget(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&enforcer_data, &thread);
}

/* Takes the current thread's notice and sends its signal. Returns the error to override with, 0 for none. */
static __always_inline int enforcer_obey(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct enforcer_notice *found = bpf_map_lookup_elem(&enforcer_data, &thread), notice;

	if (!found)
		return 0;
	notice = *found;
	bpf_map_delete_elem(&enforcer_data, &thread);
	if (notice.signal)
		bpf_send_signal(notice.signal);
	return notice.error;
}

#endif
