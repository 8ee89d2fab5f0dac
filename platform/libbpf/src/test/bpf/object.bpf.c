// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "helpers.h"

struct point {
	u32 x;
	u32 y;
};

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} hits SEC(".maps");

struct {
	__uint(type, MAP_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u32);
} per_cpu SEC(".maps");

const volatile u32 abi_version = 7;
const volatile u8 small = 1;
const volatile bool enabled = 0;
const volatile u64 wide = 1;
const volatile struct point point = { 1, 2 };

static __attribute__((always_inline)) int count(u32 key)
{
	u64 one = 1;
	u64 *value = bpf_map_lookup_elem(&hits, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
	else
		bpf_map_update_elem(&hits, &key, &one, 0);
	return 0;
}

SEC("socket")
int answer(void *ctx)
{
	u32 zero = 0;
	u32 *mine = bpf_map_lookup_elem(&per_cpu, &zero);

	if (mine)
		*mine += 1;
	return enabled ? wide + small + point.x + point.y + abi_version : 0;
}

SEC("raw_tp/sys_enter")
int by_raw_tp(void *ctx)
{
	return count(1);
}

SEC("tp_btf/sched_process_exit")
int by_tp_btf(void *ctx)
{
	return count(2);
}

SEC("tracepoint/syscalls/sys_enter_getppid")
int by_tracepoint(void *ctx)
{
	return count(3);
}

SEC("?uprobe")
int by_uprobe(void *ctx)
{
	return count(4);
}

SEC("?kprobe/do_unlinkat")
int by_kprobe(void *ctx)
{
	return count(5);
}

SEC("?socket")
int refused(void *ctx)
{
	return *(int *)((char *)ctx + 4096);
}

SEC("?fentry/security_file_open")
int by_fentry(void *ctx)
{
	return count(6);
}

struct seq_file;

struct iterator_meta {
	struct seq_file *seq;
	u64 session;
	u64 number;
};

struct iterator {
	struct iterator_meta *meta;
	void *task;
};

SEC("?iter/task")
int by_iterator(struct iterator *ctx)
{
	if (ctx->task)
		bpf_seq_write(ctx->meta->seq, "task", 4);
	return 0;
}
