/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Searching texts within texts: the first word of what is searched rules most places out by one comparison. */
#ifndef TETRAGON_HOOK_SUBSTRING_H
#define TETRAGON_HOOK_SUBSTRING_H

#include <tetragon/hook/text.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_substring);
} hook_substrings SEC(".maps");

struct substring_search {
	struct hook_call *call;
	struct hook_substring *with;
	/* The first word, as far as it is part of the text. */
	__u64 word;
	__u64 mask;
	__u32 text;
	__u32 size;
	__u32 with_size;
	__u32 first;
	__u32 fold;
	__u32 found;
};

/* Eight characters at once: the high bit of each byte tells whether it is one of A to Z, and becomes their distance to a. */
static __always_inline __u64 word_fold(__u64 word)
{
	const __u64 ones = 0x0101010101010101ULL;
	__u64 low = word & 0x7f * ones, from_a = low + (0x80 - 'A') * ones, past_z = low + (0x7f - 'Z') * ones;
	__u64 upper = (from_a ^ past_z) & ~word & 0x80 * ones;

	return word | upper >> 2;
}

/* A search at one place; 1 when it is found there. */
static long substring_try_place(__u32 place, void *ctx)
{
	struct substring_search *search = ctx;
	struct hook_substring *with = search->with;
	__u32 fold = search->fold, size = search->with_size, i;
	__u64 text = search->text + place, word;
	const char *at;

	if (text > HOOK_TEXT_LAST + HOOK_TEXT_MAX)
		return 1;
	at = search->call->area + text;
	word = word_at(at);
	if (fold)
		word = word_fold(word);
	if ((word ^ search->word) & search->mask)
		return 0;
	/* What is longer than a word goes on; its last word overlaps the one before. */
#pragma clang loop unroll(disable)
	for (i = WORD; i < HOOK_SUBSTRING; i += WORD) {
		__u64 from = i;

		if (i >= size)
			break;
		if (from + WORD > size)
			from = size - WORD;
		barrier_var(from);
		if (from > HOOK_SUBSTRING - WORD)
			return 0;
		word = word_at(at + from);
		if (fold)
			word = word_fold(word);
		if (word != word_at(with->text + from))
			return 0;
	}
	search->found = 1;
	return 1;
}

static long substring_try(__u32 index, void *ctx)
{
	struct substring_search *search = ctx;
	__u32 entry = search->first + index;
	struct hook_substring *with = bpf_map_lookup_elem(&hook_substrings, &entry);
	__u32 size;

	if (!with)
		return 1;
	size = with->size;
	if (size > search->size || size > HOOK_SUBSTRING)
		return 0;
	search->with = with;
	search->with_size = size;
	search->mask = size >= WORD ? ~0ULL : (1ULL << (8 * size)) - 1;
	search->word = word_at(with->text) & search->mask;
	bpf_loop(search->size - size + 1, substring_try_place, search, 0);
	return search->found != 0;
}

static __noinline bool text_contains(struct hook_call *call, __u32 text, __u32 size, __u32 filter)
{
	struct substring_search search = {
		.call = call,
		.text = text,
		.size = size,
		.first = hook.filter[filter].first,
		.fold = hook.filter[filter].operator == OPERATOR_SUBSTRING_FOLD,
	};

	bpf_loop(hook.filter[filter].count, substring_try, &search, 0);
	return search.found;
}

#endif
