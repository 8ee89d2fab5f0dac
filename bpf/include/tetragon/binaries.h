/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The sets of binaries that a path is in. */
#ifndef TETRAGON_BINARIES_H
#define TETRAGON_BINARIES_H

#include "maps.h"

static __always_inline const struct binary_config *binary_config_find(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&binary_config, &zero);
}

static __always_inline void binary_sets_add(__u64 *sets, const struct binary_sets *found)
{
	int i;

	if (!found)
		return;
	for (i = 0; i < BINARY_SET_WORDS; i++)
		sets[i] |= found->word[i];
}

/* Turns round what is in front of `end`, eight bytes at a time, as far as the longest postfix reaches. */
static __always_inline void binary_reverse(char *to, const char *end, __u32 longest)
{
	int i;

	for (i = 0; i < BINARY_PATH_MAX; i += sizeof(__u64)) {
		if (i >= longest)
			break;
		*(__u64 *)(to + i) = __builtin_bswap64(*(const __u64 *)(end - i - sizeof(__u64)));
	}
}

/*
 * Adds the sets that a path is in. `end` is behind its last byte; BINARY_PATH_MAX bytes before it can be read. A path that
 * was cut has no end.
 */
static __always_inline void binary_sets_of(const struct binary_config *config, const struct binary_path *path,
					   const char *end, enum binary_room room, __u64 *sets)
{
	__u32 index = room, length = path->length, longest = config->longest_postfix;
	struct binary_reversal *reversal;

	if (config->prefixes)
		binary_sets_add(sets, bpf_map_lookup_elem(&binary_prefixes, &path->key));
	if (!config->postfixes || !end)
		return;
	reversal = bpf_map_lookup_elem(&binary_reversals, &index);
	if (!reversal)
		return;
	binary_reverse(reversal->reversed.key.text, end, longest);
	if (length > longest)
		length = longest;
	reversal->reversed.key.bits = length * 8;
	binary_sets_add(sets, bpf_map_lookup_elem(&binary_postfixes, &reversal->reversed.key));
}

#endif
