// SPDX-License-Identifier: Apache-2.0
//
// bpf-calls: creates a BPF map "trigger_map" and loads a socket filter
// "trigger_prog" of two instructions, then opens a software perf event.
#include "trigger.h"
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

int main(void)
{
	struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_DUMMY,
	};
	union bpf_attr map, load;

	memset(&map, 0, sizeof(map));
	map.map_type = BPF_MAP_TYPE_ARRAY;
	map.key_size = 4;
	map.value_size = 16;
	map.max_entries = 3;
	memcpy(map.map_name, "trigger_map", sizeof("trigger_map"));
	must(bpf(BPF_MAP_CREATE, &map), "BPF_MAP_CREATE");

	memset(&load, 0, sizeof(load));
	load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	load.insns = (unsigned long)program;
	load.insn_cnt = 2;
	load.license = (unsigned long)"GPL";
	memcpy(load.prog_name, "trigger_prog", sizeof("trigger_prog"));
	must(bpf(BPF_PROG_LOAD, &load), "BPF_PROG_LOAD");

	must((int)syscall(SYS_perf_event_open, &event, 0, -1, -1, 0), "perf_event_open");
	return 0;
}
