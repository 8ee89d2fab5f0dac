/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The generic hook engine, for all families of programs. An object includes this one header of it, defines what
 * fetch.h asks of a family, and has its programs call hook_enter() and hook_leave(), or begin with hook_begin().
 */
#ifndef TETRAGON_HOOK_ENGINE_H
#define TETRAGON_HOOK_ENGINE_H

#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/hook/config.h>

/* Set before loading. */
const volatile struct hook_config hook = {};

#include <tetragon/hook/action.h>
#include <tetragon/hook/filter.h>
#include <tetragon/hook/post.h>
#include <tetragon/hook/readers.h>
#include <tetragon/hook/returns.h>
#include <tetragon/policyfilter.h>

/* Whether an event has parts that its agent puts together. */
static __always_inline bool hook_needs_number(void)
{
	__u32 i;

	if (hook.flags & HOOK_RETURNS)
		return true;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (hook.argument[i].flags & ARGUMENT_MAX_DATA)
			return true;
	}
	return false;
}

/* No two calls that are under way, or were shortly before, have the same number. */
static __always_inline __u64 hook_number(struct hook_call *call)
{
	if (!hook_needs_number())
		return 0;
	return call->sequence << 16 | (__u16)(bpf_get_smp_processor_id() * HOOK_SCRATCH_PLACES + call->place);
}

static __always_inline void hook_begin_message(struct hook_call *call)
{
	struct hook_process *process = hook_process(call);

	call->msg.common.flags = process->state == HOOK_PROCESS_KNOWN ? 0 : MSG_PROCESS_NOT_FOUND;
	call->msg.process = process->key;
	call->msg.hook = hook.hook;
	call->msg.tid = hook_pid_tgid(call);
	call->msg.return_decides = 0;
	call->msg.kernel_stack = 0;
	call->msg.user_stack = 0;
	call->stacks = 0;
}

static __always_inline bool hook_limits_rate(__u32 first, __u32 count)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ACTIONS_MAX && i < count && first + i < HOOK_ACTIONS_MAX; i++) {
		if (hook.action[first + i].seconds)
			return true;
	}
	return false;
}

static __always_inline bool hook_has_return_work(__u32 selector)
{
	return hook.flags & (HOOK_TRACKS_RETURN | HOOK_UNTRACKS_RETURN) || hook.selector[selector].return_actions;
}

static __always_inline bool hook_return_decides(const volatile struct hook_selector *held)
{
	return held->return_filters || held->return_actions;
}

/* Actions and event of the selector that holds. */
static __always_inline void hook_held(void *ctx, struct hook_call *call, __u32 selector, const bool overrides)
{
	const volatile struct hook_selector *held = &hook.selector[selector];
	struct hook_counters *stats = hook_counters(selector);
	bool waits = false;

	if (!stats || selector >= HOOK_SELECTORS_MAX)
		return;
	hook_begin_message(call);
	call->msg.attachment = hook_attachment(ctx);
	call->msg.call = hook_number(call);
	call->msg.selector = selector;
	call->msg.return_decides = hook_return_decides(held);
	call->msg.action = ACTION_POST;
	call->post = 1;
	if (hook_limits_rate(held->first_action, held->actions))
		hook_need_half(ctx, call, HALF_ENTRY);
	hook_act(ctx, call, stats, held->first_action, held->actions, overrides);
	if (hook.flags & HOOK_RETURNS && (call->post || hook_has_return_work(selector))) {
		waits = hook_push(ctx, call);
		if (!waits) {
			hook_account(HOOK_RETURN_NO_PLACE);
			call->msg.common.flags |= MSG_RETURN_LOST;
		}
	}
	if (!call->post)
		return;
	/* Counted where it is decided: a call that kills its process never returns. */
	if (!waits || !hook_return_decides(held))
		count_action(&stats->post);
	hook_need_half(ctx, call, HALF_ENTRY);
	if (!hook_send(ctx, call, HALF_ENTRY) && waits)
		hook_top_unposted();
}

/* Takes up a call that the policy is for; NULL if it is not, or if there is no place. To be given back with hook_give(). */
static __always_inline struct hook_call *hook_begin(void *ctx)
{
	struct hook_call *call;

	/* Nothing where the policy is for everybody: the verifier knows. */
	if (!policy_filter_selects(0))
		return NULL;
	call = hook_take();
	if (!call)
		return NULL;
	call->result = 0;
	hook_find_owner(ctx, call);
	return call;
}

/*
 * Looks at a call that begins; `place` is where the kernel's stack is. Returns what a program that overrides by its result
 * returns.
 */
static __always_inline int hook_enter(void *ctx, __u64 place, const bool overrides)
{
	struct hook_call *call = hook_begin(ctx);
	int selector, result;

	if (!call)
		return 0;
	*(volatile __u64 *)&call->stack_place = place;
	selector = hook_select(ctx, call);
	if (selector >= 0)
		hook_held(ctx, call, selector, overrides);
	result = call->result;
	hook_give(call);
	return result;
}

static __always_inline void hook_track_result(void *ctx, struct hook_call *call)
{
	if (hook.flags & (HOOK_TRACKS_RETURN | HOOK_UNTRACKS_RETURN))
		act_track_sock(ctx, call, HOOK_RETURN_SLOT, hook.flags & HOOK_TRACKS_RETURN);
}

/* Filters, actions and second half of a call whose entry the selector held for. */
static __always_inline void hook_returned(void *ctx, struct hook_call *call, __u32 selector)
{
	const volatile struct hook_selector *held = &hook.selector[selector];
	struct hook_counters *stats = hook_counters(selector);
	bool posted = call->post;

	if (!stats)
		return;
	hook_begin_message(call);
	call->msg.common.flags |= MSG_RETURN;
	if (!filters_hold(ctx, call, held->first_return_filter, held->return_filters)) {
		call->msg.action = ACTION_NO_POST;
		if (posted)
			hook_send(ctx, call, HALF_NONE);
		return;
	}
	hook_track_result(ctx, call);
	hook_act(ctx, call, stats, held->first_return_action, held->return_actions, false);
	if (!posted)
		return;
	if (!call->post) {
		call->msg.action = ACTION_NO_POST;
		hook_send(ctx, call, HALF_NONE);
		return;
	}
	if (hook_return_decides(held))
		count_action(&stats->post);
	hook_need_half(ctx, call, HALF_RETURN);
	hook_send(ctx, call, HALF_RETURN);
}

/* Looks at a call that returns. */
static __always_inline void hook_leave(void *ctx, __u64 place)
{
	struct hook_call *call;
	__u32 i;

	if (!hook_waits())
		return;
	call = hook_take();
	if (!call)
		return;
	*(volatile __u64 *)&call->stack_place = place;
	if (hook_pop(call, hook_attachment(ctx))) {
		/* The verifier is to know which selector it is. */
#pragma clang loop unroll(disable)
		for (i = 0; i < HOOK_SELECTORS_MAX; i++) {
			if (i > 0 && i >= hook.selectors)
				break;
			if (i == call->msg.selector) {
				hook_returned(ctx, call, i);
				break;
			}
		}
	}
	hook_give(call);
}

#endif
