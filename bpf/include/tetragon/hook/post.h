/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sending what was seen of a call. */
#ifndef TETRAGON_HOOK_POST_H
#define TETRAGON_HOOK_POST_H

#include <tetragon/hook/owner.h>
#include <tetragon/hook/stack.h>
#include <tetragon/ring.h>

/* What of an event a record holds. */
enum hook_half {
	HALF_ENTRY,
	HALF_RETURN,
	/* No arguments: the return filters do not hold, so the first half is to be forgotten. */
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

/* Completes the heads of the arguments; returns the bytes that they take in the record. */
static __always_inline __u32 hook_describe(struct hook_call *call, __u32 half)
{
	__u32 i, size = 0;

	call->msg.arguments = 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		struct hook_slot *slot = &call->slot[i];

		if (!hook_in_half(i, half))
			continue;
		if (hook.argument[i].flags & ARGUMENT_MAX_DATA)
			hook_send_data(call, i);
		slot->head.slot = i;
		slot->head.kind = hook.argument[i].kind;
		slot->head.status = slot->status;
		slot->head.step = slot->step;
		slot->head.fixed = slot->status ? 0 : slot->fixed;
		slot->head.text = slot->status ? 0 : slot->text_size;
		call->msg.arguments++;
		size += sizeof(slot->head) + slot->head.fixed + slot->head.text;
	}
	return size;
}

static __always_inline __u32 hook_write_argument(struct bpf_dynptr *record, __u32 at, struct hook_call *call,
						 __u32 index)
{
	struct hook_slot *slot = &call->slot[index];
	__u32 fixed = slot->head.fixed, size = slot->head.text, text = slot->text;

	barrier_var(fixed);
	if (fixed > HOOK_FIXED_MAX)
		return at;
	bpf_dynptr_write(record, at, &slot->head, sizeof(slot->head) + fixed, 0);
	at += sizeof(slot->head) + fixed;
	if (size == 0)
		return at;
	barrier_var(size);
	barrier_var(text);
	if (size > HOOK_TEXT_MAX || text > HOOK_TEXT_LAST)
		return at;
	bpf_dynptr_write(record, at, call->area + text, size, 0);
	return at + size;
}

/*
 * Sends the record; msg is complete but for what depends on its arguments, which have been read. Returns whether it got into
 * the ring.
 */
static __noinline bool hook_send(void *ctx, struct hook_call *call, __u32 half)
{
	struct ring_control *reader = ring_reader();
	bool waits = ring_reader_waits(reader);
	struct bpf_dynptr record;
	__u32 size, at, i;
	long failed;

	call->msg.common.ktime = bpf_ktime_get_ns();
	size = sizeof(call->msg) + hook_describe(call, half);
	size += hook_read_stacks(ctx, call);
	call->msg.common.op = hook.op;
	call->msg.common.pad = 0;
	call->msg.common.size = size;
	failed = bpf_ringbuf_reserve_dynptr(&events, size, 0, &record);
	ring_account(hook.op, !failed);
	if (failed) {
		bpf_ringbuf_discard_dynptr(&record, 0);
		return false;
	}
	bpf_dynptr_write(&record, 0, &call->msg, sizeof(call->msg), 0);
	at = sizeof(call->msg);
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (hook_in_half(i, half))
			at = hook_write_argument(&record, at, call, i);
	}
	at = stack_write(&record, at, call->area + STACK_KERNEL, call->msg.kernel_stack);
	stack_write(&record, at, call->area + STACK_USER, call->msg.user_stack);
	bpf_ringbuf_submit_dynptr(&record, ring_wakeup(waits));
	ring_wake_late(reader, waits);
	return true;
}

#endif
