/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Asks the policy filter about the process that runs the program. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/policyfilter.h>

DEFINE_OBJECT;

SEC("raw_tp")
int selects(void *ctx)
{
	return policy_filter_selects(0);
}

SEC("raw_tp")
int level(void *ctx)
{
	return current_cgroup_level();
}
