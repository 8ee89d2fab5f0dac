/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Rate limits: of calls with equal arguments one in a time is reported. */
#ifndef TETRAGON_HOOK_RATE_H
#define TETRAGON_HOOK_RATE_H

#include <tetragon/hook/owner.h>

/* Of each argument the interface compares so many bytes. */
#define RATE_BYTES 40
#define RATE_WORDS (RATE_BYTES / 8)

#define NANOSECONDS 1000000000ULL

struct hook_rate_key {
	/* The position of the action among the hook's, which tells the selector, too. */
	__u32 action;
	__u32 pad;
	__u64 scope;
	__u64 hash[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct hook_rate_key);
	__type(value, __u64);
} hook_rates SEC(".maps");

/* Two mixes of different multipliers: that both agree by chance is not to be feared in the life of a map of this size. */
static __always_inline void rate_mix(struct hook_rate_key *key, __u64 word)
{
	key->hash[0] = (key->hash[0] ^ word) * 0x9e3779b97f4a7c15ULL;
	key->hash[0] ^= key->hash[0] >> 32;
	key->hash[1] = (key->hash[1] + word) * 0xff51afd7ed558ccdULL;
	key->hash[1] ^= key->hash[1] >> 29;
}

/* What lies behind the end of a text, within its last word, is left from other calls. */
static __always_inline void rate_mix_bytes(struct hook_rate_key *key, const void *from, __u32 size)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < RATE_WORDS; i++) {
		__u64 word;

		if (size <= i * 8)
			break;
		word = ((const __u64 *)from)[i];
		if (size < i * 8 + 8)
			word &= (1ULL << (8 * (size & 7))) - 1;
		rate_mix(key, word);
	}
	rate_mix(key, size < RATE_BYTES ? size : RATE_BYTES);
}

static __always_inline __u64 rate_scope(const struct hook_call *call, __u32 scope)
{
	switch (scope) {
	case RATE_SCOPE_THREAD:
		return (__u32)hook_pid_tgid(call);
	case RATE_SCOPE_PROCESS:
		return hook_pid_tgid(call) >> 32;
	default:
		return 0;
	}
}

static __always_inline void rate_mix_slot(struct hook_rate_key *key, struct hook_call *call, __u32 index)
{
	struct hook_slot *slot = &call->slot[index];
	__u32 text = slot->text;

	rate_mix(key, slot->status);
	if (slot->status)
		return;
	rate_mix_bytes(key, slot->data, slot->fixed);
	if (slot->text_size == 0)
		return;
	barrier_var(text);
	if (text > HOOK_TEXT_LAST)
		return;
	rate_mix_bytes(key, call->area + text, slot->text_size);
}

/*
 * Whether the call may be reported; if so, the next of its like may not for as many seconds as the action says. All
 * arguments have been read.
 */
static __noinline bool rate_allows(struct hook_call *call, __u32 action)
{
	struct hook_rate_key key = {
		.action = action,
		.scope = rate_scope(call, hook.action[action].scope),
	};
	__u64 now = bpf_ktime_get_ns(), *last;
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ARGUMENTS_MAX && i < hook.arguments; i++) {
		if (hook.argument[i].flags & ARGUMENT_AT_RETURN)
			continue;
		rate_mix_slot(&key, call, i);
	}
	last = bpf_map_lookup_elem(&hook_rates, &key);
	if (last) {
		if (now - *last < hook.action[action].seconds * NANOSECONDS)
			return false;
		*last = now;
		return true;
	}
	bpf_map_update_elem(&hook_rates, &key, &now, BPF_ANY);
	return true;
}

#endif
