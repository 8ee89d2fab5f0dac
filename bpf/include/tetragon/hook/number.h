/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Comparing numbers. */
#ifndef TETRAGON_HOOK_NUMBER_H
#define TETRAGON_HOOK_NUMBER_H

#include <tetragon/hook/scratch.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct hook_number_key);
	__type(value, __u8);
} hook_numbers SEC(".maps");

/* Like others that keep a key on the stack, apart: the stack of a program and all that it calls is 512 bytes. */
static __noinline bool number_in_set(__u32 key, __u64 value)
{
	struct hook_number_key number = { .key = key, .value = value };

	return bpf_map_lookup_elem(&hook_numbers, &number) != NULL;
}

static __always_inline bool number_in_ranges(__u32 first, __u32 count, bool is_signed, __u64 value)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_RANGES_MAX && i < count; i++) {
		__u64 from, to;

		if (first + i >= HOOK_RANGES_MAX)
			break;
		from = hook.range[first + i].from;
		to = hook.range[first + i].to;
		if (is_signed ? (__s64)value >= (__s64)from && (__s64)value <= (__s64)to :
				value >= from && value <= to)
			return true;
	}
	return false;
}

static __always_inline bool number_equals(__u32 first, __u32 count, __u64 value)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_NUMBERS_MAX && i < count; i++) {
		if (first + i >= HOOK_NUMBERS_MAX)
			break;
		if (value == hook.number[first + i])
			return true;
	}
	return false;
}

static __always_inline bool number_matches(const volatile struct hook_filter *filter, __u64 value)
{
	switch (filter->operator) {
	case OPERATOR_EQUAL:
		return number_equals(filter->first, filter->count, value);
	case OPERATOR_SET:
		return number_in_set(filter->key, value);
	case OPERATOR_RANGE:
		return number_in_ranges(filter->first, filter->count, filter->flags & FILTER_SIGNED, value);
	default:
		return value & filter->value;
	}
}

#endif
