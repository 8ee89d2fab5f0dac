// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Writes numbered records of changing length, every seventh discarded. */
#include "helpers.h"

#define MAX_PAYLOAD 512

struct record {
	u64 sequence;
	u8 payload[MAX_PAYLOAD];
};

struct {
	__uint(type, MAP_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct state {
	u64 sequence;
	u64 lost;
	u64 discarded;
};

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, F_MMAPABLE);
	__type(key, u32);
	__type(value, struct state);
} states SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct record);
} scratch SEC(".maps");

const volatile u32 batch = 1;
const volatile u32 fixed_length = 0;
const volatile u32 tid = 0;

static __attribute__((always_inline)) void write_one(struct state *state, struct record *record)
{
	u64 length = 8 + (fixed_length ? fixed_length : state->sequence * 37 % MAX_PAYLOAD);

	if (!fixed_length && state->sequence % 7 == 3) {
		void *room = bpf_ringbuf_reserve(&ring, 40, 0);

		if (room) {
			state->discarded++;
			bpf_ringbuf_discard(room, 0);
		}
	}
	if (length > sizeof(*record))
		return;
	record->sequence = state->sequence;
	record->payload[0] = (u8)state->sequence;
	if (bpf_ringbuf_output(&ring, record, length, 0))
		state->lost++;
	else
		state->sequence++;
}

SEC("socket")
int write_batch(void *ctx)
{
	u32 zero = 0;
	struct state *state = bpf_map_lookup_elem(&states, &zero);
	struct record *record = bpf_map_lookup_elem(&scratch, &zero);
	u32 i;

	if (!state || !record)
		return 0;
	for (i = 0; i < 10000 && i < batch; i++)
		write_one(state, record);
	return i;
}

SEC("raw_tp/sys_enter")
int on_syscall(void *ctx)
{
	u32 zero = 0;
	struct state *state;
	struct record *record;

	if ((u32)bpf_get_current_pid_tgid() != tid)
		return 0;
	state = bpf_map_lookup_elem(&states, &zero);
	record = bpf_map_lookup_elem(&scratch, &zero);
	if (state && record)
		write_one(state, record);
	return 0;
}
