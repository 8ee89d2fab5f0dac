/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sends numbered records at each system call of one process. */
#ifndef FLOOD_H
#define FLOOD_H

#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/ring.h>

struct flood_record {
	struct msg_common common;
	__u32 cpu;
	__u32 pad;
	__u64 sequence;
};

/* Records of each CPU that are in the ring, which is the number of the last one. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sent SEC(".maps");

const volatile __u32 target = 0;
const volatile __u32 burst = 1;
const volatile __u32 op = 0;

#define BURST_MAX 32

SEC("raw_tp/sys_enter")
int flood(void *ctx)
{
	struct flood_record record = {};
	__u32 zero = 0;
	__u64 *count;

	if (bpf_get_current_pid_tgid() >> 32 != target)
		return 0;
	count = bpf_map_lookup_elem(&sent, &zero);
	if (!count)
		return 0;
	msg_header(&record.common, op, sizeof(record), bpf_ktime_get_ns());
	record.cpu = bpf_get_smp_processor_id();
	for (int i = 0; i < BURST_MAX && i < burst; i++) {
		record.sequence = *count + 1;
		if (ring_output(op, &record, sizeof(record)))
			(*count)++;
	}
	return 0;
}

#endif
