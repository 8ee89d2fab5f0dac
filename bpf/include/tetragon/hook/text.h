/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Matching texts. All texts of all filters of a hook that can be keys are in one trie, under the number of their filter, so
 * that a filter with thousands of texts costs one lookup: exact texts with the NUL that ends them, prefixes without it, and
 * postfixes in reverse.
 */
#ifndef TETRAGON_HOOK_TEXT_H
#define TETRAGON_HOOK_TEXT_H

#include <tetragon/hook/scratch.h>

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct hook_text_key);
	__type(value, __u8);
} hook_texts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_long_text);
} hook_long_texts SEC(".maps");

/* Bits of a key in front of its text. */
#define TEXT_KEY_BITS 16

/* Where the text of a key begins. */
#define TEXT_KEY_HEAD 6

#define WORD 8

static __always_inline __u64 word_at(const char *from)
{
	return *(const __u64 *)from;
}

/* Writes the rest of a key into the room in front of the text, and looks up as many bytes as there are, or fit. */
static __always_inline bool text_in_trie(struct hook_text_key *key, __u32 number, __u32 size)
{
	if (size > HOOK_TEXT_KEY)
		size = HOOK_TEXT_KEY;
	key->bits = TEXT_KEY_BITS + 8 * size;
	key->key = number;
	return bpf_map_lookup_elem(&hook_texts, key) != NULL;
}

/* Of buffers: an exact text would also be found in front of a NUL that does not end the buffer. */
static __always_inline bool text_has_nul(struct hook_call *call, __u32 text, __u32 size)
{
	return bpf_probe_read_kernel_str(call->reversed.text, HOOK_TEXT_KEY, call->area + text) != (long)size + 1;
}

static __always_inline bool kind_has_nul(__u32 kind)
{
	return kind == KIND_CHAR_BUF || kind == KIND_CHAR_IOVEC || kind == KIND_IOV_ITER || kind == KIND_CONST_BUF;
}

/*
 * The last bytes in reverse, a word at a time. The words reach beyond the beginning of short texts, which does no harm: the
 * size of the key ends the comparison.
 */
static __always_inline bool text_ends(struct hook_call *call, __u32 text, __u32 size, __u32 number, __u32 longest)
{
	__u32 i, end = text + size;

	if (longest > HOOK_TEXT_KEY)
		longest = HOOK_TEXT_KEY;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_TEXT_KEY; i += WORD) {
		__u64 word;

		if (i >= longest || end < i + WORD)
			break;
		word = end - i - WORD;
		barrier_var(word);
		if (word > HOOK_TEXT_LAST + HOOK_TEXT_MAX)
			break;
		*(__u64 *)(call->reversed.text + i) = __builtin_bswap64(word_at(call->area + word));
	}
	return text_in_trie(&call->reversed, number, size < longest ? size : longest);
}

struct text_comparison {
	const char *text;
	const char *with;
	__u32 size;
	__u32 differs;
};

/* The last word overlaps the one before. */
static long text_compare_word(__u32 index, void *ctx)
{
	struct text_comparison *comparison = ctx;
	__u64 at = index * WORD;

	if (at + WORD > comparison->size)
		at = comparison->size - WORD;
	at &= HOOK_LONG_TEXT - 1;
	if (at > HOOK_LONG_TEXT - WORD)
		return 1;
	if (word_at(comparison->text + at) == word_at(comparison->with + at))
		return 0;
	comparison->differs = 1;
	return 1;
}

struct long_text_search {
	struct hook_call *call;
	__u32 text;
	__u32 size;
	__u32 first;
	__u32 found;
};

static long long_text_try(__u32 index, void *ctx)
{
	struct long_text_search *search = ctx;
	__u32 entry = search->first + index, text = search->text;
	struct hook_long_text *with = bpf_map_lookup_elem(&hook_long_texts, &entry);
	struct text_comparison comparison;

	if (!with)
		return 1;
	if (with->size < WORD || with->size > search->size || (!with->prefix && with->size != search->size))
		return 0;
	barrier_var(text);
	if (text > HOOK_TEXT_LAST)
		return 0;
	comparison.text = search->call->area + text;
	comparison.with = with->text;
	comparison.size = with->size;
	comparison.differs = 0;
	bpf_loop((with->size + WORD - 1) / WORD, text_compare_word, &comparison, 0);
	search->found = !comparison.differs;
	return comparison.differs == 0;
}

static __noinline bool text_is_long(struct hook_call *call, __u32 text, __u32 size, __u32 filter)
{
	struct long_text_search search = {
		.call = call,
		.text = text,
		.size = size,
		.first = hook.filter[filter].first,
	};

	bpf_loop(hook.filter[filter].count, long_text_try, &search, 0);
	return search.found;
}

#endif
