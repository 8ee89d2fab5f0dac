/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* No verifier takes a read through a pointer that may be NULL. */
#include "flood.h"

DEFINE_OBJECT;

SEC("raw_tp/sys_enter")
int refused(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid();
	struct process_value *process = bpf_map_lookup_elem(&process_map, &pid);

	return process->flags == 0;
}
