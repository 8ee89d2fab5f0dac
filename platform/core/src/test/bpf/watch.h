/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef WATCH_H
#define WATCH_H

#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/ring.h>
#include <tetragon/hook/config.h>

struct watch_record {
	struct msg_common common;
	__u32 hook;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_counters);
} hook_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct policy_conf);
} policy_conf SEC(".maps");

/* The processes to watch. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

/* Too big to be created. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 0x7fffffff);
	__type(key, __u32);
	__type(value, __u64);
} unused SEC(".maps");

const volatile __u32 hook = 0;
const volatile __u32 op = 0;
const volatile bool uses_unused = false;

static __always_inline int watch_call(void)
{
	struct watch_record record = {};
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u32 zero = 0;
	struct policy_conf *configuration;
	struct hook_counters *counters;

	if (uses_unused)
		return bpf_map_lookup_elem(&unused, &zero) != 0;
	if (!bpf_map_lookup_elem(&targets, &pid))
		return 0;
	configuration = bpf_map_lookup_elem(&policy_conf, &zero);
	counters = bpf_map_lookup_elem(&hook_stats, &zero);
	if (!configuration || !counters)
		return 0;
	if (configuration->mode == POLICY_MONITOR)
		counters->monitor_signal++;
	else
		counters->signal++;
	msg_header(&record.common, op, sizeof(record), bpf_ktime_get_ns());
	record.hook = hook;
	if (ring_output(op, &record, sizeof(record)))
		counters->post++;
	return 0;
}

#endif
