/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The limit of base events by cgroup. Each CPU counts for itself, so a cgroup that is busy on all of them may have as many
 * times the limit. The rate is that of a sliding interval, estimated from two fixed ones:
 *
 *	current + previous * (part of the previous interval that the sliding one still covers)
 *
 * An event above the limit is not sent, nor are those of the same cgroup and CPU that follow it, until for the quiet time
 * none was above the limit. Events that are not sent count as well.
 */
#ifndef TETRAGON_THROTTLE_H
#define TETRAGON_THROTTLE_H

#include "cgroup.h"
#include "ring.h"

/* Fractions are in units of this power of two: an interval of a day in nanoseconds leaves room for it. */
#define THROTTLE_FRACTION 10

static __always_inline void throttle_count(__u32 account)
{
	__u64 *count = bpf_map_lookup_elem(&throttle_accounts, &account);

	if (count)
		(*count)++;
}

static __always_inline struct throttle_rate *throttle_find(__u64 cgroup)
{
	struct throttle_rate *rate = bpf_map_lookup_elem(&throttle_rates, &cgroup);
	struct throttle_rate fresh = {};

	if (rate)
		return rate;
	if (bpf_map_update_elem(&throttle_rates, &cgroup, &fresh, BPF_ANY))
		throttle_count(THROTTLE_MAP_FULL);
	return bpf_map_lookup_elem(&throttle_rates, &cgroup);
}

/* Counts an event and estimates the rate, the event included. */
static __always_inline __u64 throttle_advance(struct throttle_rate *rate, __u64 interval, __u64 now)
{
	__u64 slot = now / interval, left = interval - (now - slot * interval);

	if (rate->slot != slot) {
		rate->previous = rate->slot + 1 == slot ? rate->current : 0;
		rate->current = 0;
		rate->slot = slot;
	}
	rate->current++;
	if (!rate->previous)
		return rate->current;
	return rate->current + (rate->previous * ((left << THROTTLE_FRACTION) / interval) >> THROTTLE_FRACTION);
}

/* Whether an event is to be sent. */
static __always_inline bool throttle_decide(struct throttle_rate *rate, const struct throttle_limit *limit, __u64 now)
{
	if (throttle_advance(rate, limit->interval, now) > limit->events) {
		rate->over = now;
		return false;
	}
	if (rate->over && now - rate->over < limit->quiet)
		return false;
	rate->told = 0;
	return true;
}

/* Returns whether the record was sent; if the ring is full, the next event tries again. */
static __always_inline bool throttle_tell(struct cgroup *cgroup, __u64 id, __u64 now)
{
	struct ring_control *reader = ring_reader();
	bool waits = ring_reader_waits(reader);
	struct msg_throttle *msg = bpf_ringbuf_reserve(&events, sizeof(*msg), 0);
	long size;

	ring_account(MSG_OP_THROTTLE, msg != NULL);
	if (!msg)
		return false;
	msg_header(&msg->common, MSG_OP_THROTTLE, sizeof(*msg), now);
	msg->cgroup_id = id;
	size = bpf_probe_read_kernel_str(msg->name, sizeof(msg->name), BPF_CORE_READ(cgroup, kn, name));
	msg->name_length = size < 0 ? 0 : size;
	msg->pad = 0;
	bpf_ringbuf_submit(msg, ring_wakeup(waits));
	ring_wake_late(reader, waits);
	return true;
}

/* Whether a base event of a task is to be sent; one that is not is counted. */
static __always_inline bool throttle_admits(struct task_struct *task, enum throttle_account account, __u64 now)
{
	__u32 zero = 0;
	struct throttle_limit *limit = bpf_map_lookup_elem(&throttle_limit, &zero);
	struct throttle_rate *rate;
	struct cgroup *cgroup;
	__u64 id;

	if (!limit || !limit->events)
		return true;
	cgroup = task_cgroup(task);
	id = cgroup_id(cgroup);
	if (!id)
		return true;
	rate = throttle_find(id);
	if (!rate || throttle_decide(rate, limit, now))
		return true;
	if (account == THROTTLE_EXEC)
		rate->execs++;
	else
		rate->clones++;
	throttle_count(account);
	if (!rate->told)
		rate->told = throttle_tell(cgroup, id, now);
	return false;
}

#endif
