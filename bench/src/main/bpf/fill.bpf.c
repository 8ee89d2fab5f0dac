/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Fills a ring buffer on request with as many records as fit, so that emptying it can be measured alone. */
#include <tetragon/kernel.h>

#define RECORD_SIZE 504
#define RECORDS 4096

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} ring SEC(".maps");

SEC("raw_tracepoint/sys_enter")
int fill(void *ctx)
{
	int i;

	for (i = 0; i < RECORDS; i++) {
		__u64 *record = bpf_ringbuf_reserve(&ring, RECORD_SIZE, 0);

		if (!record)
			return i;
		record[0] = RECORD_SIZE;
		record[1] = i;
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	}
	return i;
}


char LICENSE[] SEC("license") = "Dual BSD/GPL";
