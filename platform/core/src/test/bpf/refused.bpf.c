/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* No verifier takes a read through a pointer that may be NULL. */
#include "flood.h"

DEFINE_OBJECT;

SEC("raw_tp/sys_enter")
int refused(void *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&sent, &zero);

	return *count == 0;
}
