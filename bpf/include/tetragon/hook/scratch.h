/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory for a call while a program looks at it. Three places on each processor, shared by all hooks of all policies: a
 * program may be interrupted by another one of an interrupt, or be preempted by one of another task.
 */
#ifndef TETRAGON_HOOK_SCRATCH_H
#define TETRAGON_HOOK_SCRATCH_H

#include <tetragon/hook/call.h>
#include <tetragon/hook/types.h>

#define HOOK_SCRATCH_PLACES 3

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HOOK_SCRATCH_PLACES);
	__type(key, __u32);
	__type(value, struct hook_call);
} hook_scratch SEC(".maps");

/* What hooks missed, by reason. */
enum hook_account {
	/* All places of the processor were taken: the call was not looked at. */
	HOOK_SCRATCH_BUSY,
	/* No place for one more call of this thread that waits for its return. */
	HOOK_RETURN_NO_PLACE,
	/* Calls that waited for a return which never came. */
	HOOK_RETURN_STALE,
	/* The hash of a file was asked for, and IMA had none, or there was no memory to ask for it. */
	HOOK_HASH_UNKNOWN,
	/* Signals and overrides that the kernel refused. */
	HOOK_ACTION_FAILED,
	/* No memory for the notice to an enforcer: the call was not overridden. */
	HOOK_NOTICE_LOST,
	/* Notices whose call ended before the enforcer saw it: what they were for did not happen, or another policy overrode it. */
	HOOK_NOTICE_STALE,
	/* Arguments by which a hook that enforces should have decided, and which could not be read. */
	HOOK_ARGUMENT_UNREAD,
	HOOK_ACCOUNTS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HOOK_ACCOUNTS);
	__type(key, __u32);
	__type(value, __u64);
} hook_accounts SEC(".maps");

static __always_inline void hook_account(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&hook_accounts, &reason);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline struct hook_call *hook_take_place(__u32 place)
{
	struct hook_call *call = bpf_map_lookup_elem(&hook_scratch, &place);

	/* Atomic although the memory is one processor's: a program that was preempted may not have come to its store. */
	if (!call || __sync_lock_test_and_set(&call->busy, 1))
		return NULL;
	call->place = place;
	return call;
}

/* Returns a place to be given back with hook_give(), or NULL. */
static __always_inline struct hook_call *hook_take(void)
{
	struct hook_call *call = hook_take_place(0);

	if (!call)
		call = hook_take_place(1);
	if (!call)
		call = hook_take_place(2);
	if (!call) {
		hook_account(HOOK_SCRATCH_BUSY);
		return NULL;
	}
	call->sequence++;
	call->read = 0;
	call->process.state = HOOK_PROCESS_UNREAD;
	return call;
}

static __always_inline void hook_give(struct hook_call *call)
{
	barrier();
	*(volatile __u32 *)&call->busy = 0;
}

#endif
