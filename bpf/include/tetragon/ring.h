/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sending records, with an account of each. */
#ifndef TETRAGON_RING_H
#define TETRAGON_RING_H

#include "maps.h"

/*
 * Under load the reader looks by itself every few milliseconds, and waking it for each record would cost more than making
 * the record. When it is about to sleep it says so, and is woken by the next record.
 *
 * The flags are chosen before the record is committed, so the reader may decide to sleep in between. Behind the commit the
 * word is read once more: either this sees that the reader waits, or the reader, which looks at the ring behind its word,
 * sees the record. The late wake-up travels with an empty record that is discarded.
 */
static __always_inline struct ring_control *ring_reader(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&ring_control, &zero);
}

static __always_inline bool ring_reader_waits(struct ring_control *reader)
{
	return reader && *(volatile __u32 *)&reader->waiting;
}

static __always_inline __u64 ring_wakeup(bool waits)
{
	return waits ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void ring_wake_late(struct ring_control *reader, bool waited)
{
	void *empty;

	if (waited || !ring_reader_waits(reader))
		return;
	empty = bpf_ringbuf_reserve(&events, 8, 0);
	if (empty)
		bpf_ringbuf_discard(empty, BPF_RB_FORCE_WAKEUP);
}

/* Atomic although the account is one processor's: a program may be preempted by another one there. */
static __always_inline void ring_account(__u32 op, bool sent)
{
	struct ring_account *account = bpf_map_lookup_elem(&ring_accounts, &op);

	if (account) {
		__sync_fetch_and_add(&account->produced, 1);
		if (!sent)
			__sync_fetch_and_add(&account->lost, 1);
	}
}

static __always_inline void msg_header(struct msg_common *common, __u8 op, __u32 size, __u64 ktime)
{
	common->op = op;
	common->flags = 0;
	common->pad = 0;
	common->size = size;
	common->ktime = ktime;
}

/* Copies a record into the ring. */
static __always_inline bool ring_output(__u32 op, void *record, __u64 size)
{
	struct ring_control *reader = ring_reader();
	bool waits = ring_reader_waits(reader);
	bool sent = bpf_ringbuf_output(&events, record, size, ring_wakeup(waits)) == 0;

	ring_account(op, sent);
	ring_wake_late(reader, waits);
	return sent;
}

static __always_inline void process_account(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&process_accounts, &reason);

	if (count)
		__sync_fetch_and_add(count, 1);
}

#endif
