/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* As simple as a hook of a policy can be: a record and a count for each system call of one process. */
#include "watch.h"

DEFINE_OBJECT;

SEC("raw_tp/sys_enter")
int watch(void *ctx)
{
	return watch_call();
}
