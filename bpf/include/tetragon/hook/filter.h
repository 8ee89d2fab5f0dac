/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Selectors and their filters. */
#ifndef TETRAGON_HOOK_FILTER_H
#define TETRAGON_HOOK_FILTER_H

#include <tetragon/hook/address.h>
#include <tetragon/hook/expression.h>
#include <tetragon/hook/number.h>
#include <tetragon/hook/subject.h>
#include <tetragon/hook/substring.h>
#include <tetragon/hook/text.h>
#include <tetragon/policyfilter.h>

/*
 * What a filter found. One that looks at what cannot be read does not hold, nor does its negation: what is not known is no
 * reason to act.
 */
enum finding {
	FOUND_NOT,
	FOUND,
	FOUND_UNKNOWN,
};

static __noinline enum finding text_matches(struct hook_call *call, __u32 index)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	__u32 number = filter->slot, operator = filter->operator, key = filter->key, text, size, end;
	struct hook_text_key *in_front;
	struct hook_slot *slot;
	bool found;

	if (number >= HOOK_SLOTS)
		return FOUND_UNKNOWN;
	slot = &call->slot[number];
	text = slot->text;
	size = slot->text_size;
	barrier_var(text);
	barrier_var(size);
	if (text < HOOK_TEXT_ROOM || text > HOOK_TEXT_LAST || size > HOOK_TEXT_MAX)
		return FOUND_UNKNOWN;
	if (operator == OPERATOR_SUBSTRING || operator == OPERATOR_SUBSTRING_FOLD)
		return text_contains(call, text, size, index) ? FOUND : FOUND_NOT;
	in_front = (void *)(call->area + text - TEXT_KEY_HEAD);
	if (operator == OPERATOR_EXACT) {
		end = text + size;
		/* Older verifiers forget the bounds of what was put aside in between. */
		barrier_var(end);
		if (end > HOOK_TEXT_LAST + HOOK_TEXT_MAX)
			return FOUND_UNKNOWN;
		call->area[end] = 0;
		found = size < HOOK_TEXT_KEY && text_in_trie(in_front, key, size + 1);
		if (found && kind_has_nul(hook.argument[number].kind) && text_has_nul(call, text, size))
			found = false;
	} else if (operator == OPERATOR_PREFIX) {
		found = text_in_trie(in_front, key, size);
	} else {
		found = text_ends(call, text, size, key, filter->longest);
	}
	if (!found && filter->flags & FILTER_LONG_TEXTS)
		found = text_is_long(call, text, size, index);
	return found ? FOUND : FOUND_NOT;
}

static __always_inline enum finding capabilities_gained(void *ctx, struct hook_call *call, __u32 index)
{
	__u32 slot = hook.filter[index].slot, other = hook.filter[index].other;

	if (other >= HOOK_SLOTS || slot >= HOOK_SLOTS)
		return FOUND_UNKNOWN;
	hook_need(ctx, call, other);
	if (call->slot[other].status)
		return FOUND_UNKNOWN;
	return *(__u64 *)call->slot[slot].data & ~*(__u64 *)call->slot[other].data ? FOUND : FOUND_NOT;
}

static __always_inline enum finding argument_matches(void *ctx, struct hook_call *call, __u32 index)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	__u32 number = filter->slot, kind;
	struct hook_slot *slot;
	int holds;

	if (filter->operator == OPERATOR_CEL) {
		cel_read(ctx, call, filter->first, filter->count);
		holds = cel_holds(call, filter->first, filter->count);
		return holds < 0 ? FOUND_UNKNOWN : holds;
	}
	if (number >= HOOK_SLOTS)
		return FOUND_UNKNOWN;
	hook_need(ctx, call, number);
	slot = &call->slot[number];
	if (slot->status)
		return FOUND_UNKNOWN;
	kind = hook.argument[number].kind;
	switch (filter->operator) {
	case OPERATOR_EXACT:
	case OPERATOR_PREFIX:
	case OPERATOR_POSTFIX:
	case OPERATOR_SUBSTRING:
	case OPERATOR_SUBSTRING_FOLD:
		return text_matches(call, index);
	case OPERATOR_SUBNET:
		return subnet_matches(slot, kind, filter->view, filter->key);
	case OPERATOR_CAPABILITIES_GAINED:
		return capabilities_gained(ctx, call, index);
	default:
		return number_matches(filter, slot_number(slot, kind, filter->view));
	}
}

static __always_inline enum finding capability_matches(struct hook_call *call, __u32 index)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	__u64 caps;

	if (filter->flags & FILTER_IN_NAMESPACE && in_host_user_namespace())
		return FOUND_UNKNOWN;
	caps = current_capabilities(filter->slot);
	if (filter->subject == SUBJECT_CAPABILITY_CHANGE) {
		struct process_value *value = process_find(hook_pid_tgid(call) >> 32);

		if (!value)
			return FOUND_UNKNOWN;
		caps ^= capabilities_of(&value->caps, filter->slot);
	}
	return caps & filter->value ? FOUND : FOUND_NOT;
}

static __always_inline enum finding filter_finds(void *ctx, struct hook_call *call, __u32 index)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	int changed;

	switch (filter->subject) {
	case SUBJECT_ARGUMENT:
		return argument_matches(ctx, call, index);
	case SUBJECT_PID:
		return pid_matches(call, index, false);
	case SUBJECT_NAMESPACE_PID:
		return pid_matches(call, index, true);
	case SUBJECT_BINARY:
	case SUBJECT_PARENT_BINARY:
		return binary_matches(call, filter);
	case SUBJECT_NAMESPACE:
		return number_matches(filter, current_namespace(filter->slot));
	case SUBJECT_NAMESPACE_CHANGE:
		changed = namespaces_changed(call, filter->value);
		return changed < 0 ? FOUND_UNKNOWN : changed != 0;
	case SUBJECT_CAPABILITY:
	case SUBJECT_CAPABILITY_CHANGE:
		return capability_matches(call, index);
	case SUBJECT_WORKLOADS:
		return policy_filter_selects(filter->value) ? FOUND : FOUND_NOT;
	default:
		return FOUND_UNKNOWN;
	}
}

static __always_inline bool filters_hold(void *ctx, struct hook_call *call, __u32 first, __u32 count)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_FILTERS_MAX && i < count && first + i < HOOK_FILTERS_MAX; i++) {
		bool negated = hook.filter[first + i].flags & FILTER_NOT;

		if (filter_finds(ctx, call, first + i) != (negated ? FOUND_NOT : FOUND))
			return false;
	}
	return true;
}

/* Returns the first selector that holds, negative if none does. */
static __always_inline int hook_select(void *ctx, struct hook_call *call)
{
	__u32 i;

	if (hook.selectors == 0)
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SELECTORS_MAX && i < hook.selectors; i++) {
		if (filters_hold(ctx, call, hook.selector[i].first_filter, hook.selector[i].filters))
			return i;
	}
	return -1;
}

#endif
