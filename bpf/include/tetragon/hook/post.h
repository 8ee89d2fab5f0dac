/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sending what was seen of a call. The record is put together in the call's memory and copied into the ring at once, which
 * takes less than half of the time of a reserved record that is written piece by piece.
 */
#ifndef TETRAGON_HOOK_POST_H
#define TETRAGON_HOOK_POST_H

#include <tetragon/hook/owner.h>
#include <tetragon/ring.h>

#define STACK_BYTES (HOOK_STACK_DEPTH * sizeof(__u64))

/* Behind this place of a record a text, and a stack trace, still fit. */
#define RECORD_LAST (sizeof(struct msg_generic) + sizeof(((struct hook_call *)0)->parts) + HOOK_AREA)

/* What of an event a record holds. */
enum hook_half {
	HALF_ENTRY,
	HALF_RETURN,
	/* No arguments: the policy decided against the event at the return, so the first half is to be forgotten. */
	HALF_NONE,
};

/* Of the readers: sends an argument that is longer than its limit in data records. */
static __noinline void hook_send_data(struct hook_call *call, __u32 index);

static __always_inline bool hook_in_half(__u32 index, __u32 half)
{
	bool at_return = index == HOOK_RETURN_SLOT || hook.argument[index].flags & ARGUMENT_AT_RETURN;

	if (index != HOOK_RETURN_SLOT && index >= hook.arguments)
		return false;
	return hook.argument[index].kind != KIND_NOP && half == (at_return ? HALF_RETURN : HALF_ENTRY);
}

/* Reads what no filter has needed yet. */
static __always_inline void hook_need_half(void *ctx, struct hook_call *call, __u32 half)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (hook_in_half(i, half))
			hook_need(ctx, call, i);
	}
}

/* The place at `at` of the record, or NULL if a text would not fit there. */
static __always_inline void *record_at(struct hook_call *call, __u32 at)
{
	barrier_var(at);
	if (at > RECORD_LAST)
		return NULL;
	return (char *)&call->msg + at;
}

/* The structures that most arguments have are one or two words, which are copied sooner than a helper is called. */
static __always_inline void record_copy_fixed(__u64 *to, const struct hook_slot *slot, __u32 fixed)
{
	const __u64 *from = (const __u64 *)slot->data;

	if (fixed <= 2 * sizeof(__u64)) {
		to[0] = from[0];
		to[1] = from[1];
		return;
	}
	barrier_var(fixed);
	if (fixed <= HOOK_FIXED_MAX)
		bpf_probe_read_kernel(to, fixed, from);
}

/*
 * Puts an argument into the record. Its text, which only ever moves towards the beginning, is copied forwards. Returns where
 * the next one goes.
 */
static __always_inline __u32 record_argument(struct hook_call *call, __u32 at, __u32 index)
{
	struct hook_slot *slot = &call->slot[index];
	struct msg_argument *head = record_at(call, at);
	__u32 fixed = slot->fixed, text = slot->text, size = slot->text_size;
	void *to;

	if (!head)
		return at;
	call->msg.arguments++;
	head->slot = index;
	head->kind = hook.argument[index].kind;
	head->status = slot->status;
	head->step = slot->step;
	at += sizeof(*head);
	if (slot->status) {
		head->fixed = 0;
		head->text = 0;
		return at;
	}
	head->fixed = fixed;
	head->text = size;
	if (fixed)
		record_copy_fixed((__u64 *)(head + 1), slot, fixed);
	at += fixed;
	if (size == 0)
		return at;
	to = record_at(call, at);
	barrier_var(size);
	if (size > HOOK_TEXT_MAX || !to)
		return at;
	barrier_var(text);
	if (text > HOOK_TEXT_LAST)
		return at;
	bpf_probe_read_kernel(to, size, call->area + text);
	return at + size;
}

/* Puts a stack trace into the record. Returns its bytes. */
static __always_inline __u32 record_stack(void *ctx, struct hook_call *call, __u32 at, __u64 flags)
{
	void *to = record_at(call, at);
	long bytes = to ? bpf_get_stack(ctx, to, STACK_BYTES, flags) : 0;

	return bytes > 0 ? bytes : 0;
}

static __always_inline __u32 record_stacks(void *ctx, struct hook_call *call, __u32 at)
{
	if (call->stacks & ACTION_KERNEL_STACK) {
		call->msg.kernel_stack = record_stack(ctx, call, at, 0);
		if (call->msg.kernel_stack)
			call->msg.common.flags |= MSG_KERNEL_STACK;
		at += call->msg.kernel_stack;
	}
	if (call->stacks & ACTION_USER_STACK) {
		call->msg.user_stack = record_stack(ctx, call, at, BPF_F_USER_STACK);
		if (call->msg.user_stack)
			call->msg.common.flags |= MSG_USER_STACK;
		at += call->msg.user_stack;
	}
	return at;
}

static __always_inline __u32 record_hash(struct hook_call *call, __u32 at)
{
	struct msg_ima_hash *to;

	if (!(hook.flags & HOOK_HASHES_FILES) || !(call->stacks & ACTION_IMA_HASH) ||
	    call->hash.algorithm == IMA_HASH_UNKNOWN)
		return at;
	to = record_at(call, at);
	if (!to)
		return at;
	*to = call->hash;
	call->msg.common.flags |= MSG_IMA_HASH;
	return at + sizeof(*to);
}

/*
 * Sends the record; msg is complete but for what depends on its arguments, which have been read, and are used up. Returns
 * whether it got into the ring.
 */
static __noinline bool hook_send(void *ctx, struct hook_call *call, __u32 half)
{
	__u32 size = sizeof(call->msg), i;

	call->msg.common.op = hook.op;
	call->msg.common.pad = 0;
	call->msg.common.ktime = bpf_ktime_get_ns();
	call->msg.arguments = 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (hook_in_half(i, half) && hook.argument[i].flags & ARGUMENT_MAX_DATA)
			hook_send_data(call, i);
	}
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (hook_in_half(i, half))
			size = record_argument(call, size, i);
	}
	size = record_stacks(ctx, call, size);
	size = record_hash(call, size);
	call->msg.common.size = size;
	barrier_var(size);
	if (size > RECORD_LAST + HOOK_TEXT_MAX)
		return false;
	return ring_output(hook.op, &call->msg, size);
}

#endif
