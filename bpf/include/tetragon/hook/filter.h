/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Selectors and their filters. */
#ifndef TETRAGON_HOOK_FILTER_H
#define TETRAGON_HOOK_FILTER_H

#include <tetragon/hook/number.h>
#include <tetragon/hook/owner.h>

static __always_inline bool argument_matches(void *ctx, struct hook_call *call, __u32 index)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	struct hook_slot *slot = &call->slot[filter->slot];

	return number_matches(filter, *(__u64 *)slot->data);
}

/*
 * Whether a filter holds. One that looks at what cannot be read does not, nor does its negation: what is not known is no
 * reason to act.
 */
static __always_inline bool filter_holds(void *ctx, struct hook_call *call, __u32 index)
{
	const volatile struct hook_filter *filter = &hook.filter[index];
	bool matches;

	switch (filter->subject) {
	case SUBJECT_ARGUMENT:
		if (filter->slot >= HOOK_SLOTS)
			return false;
		if (!(call->read & 1 << filter->slot))
			hook_argument(ctx, call, filter->slot);
		if (call->slot[filter->slot].status)
			return false;
		matches = argument_matches(ctx, call, index);
		break;
	default:
		return false;
	}
	return matches != !!(filter->flags & FILTER_NOT);
}

static __always_inline bool filters_hold(void *ctx, struct hook_call *call, __u32 first, __u32 count)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_FILTERS_MAX && i < count; i++) {
		if (first + i >= HOOK_FILTERS_MAX || !filter_holds(ctx, call, first + i))
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
