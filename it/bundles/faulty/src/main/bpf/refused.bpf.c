/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Uses what a lookup returns without a look at it, which no verifier lets pass. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/process.h>

DEFINE_OBJECT;

SEC("tp_btf/sched_process_fork")
int BPF_PROG(faulty_fork, struct task_struct *parent, struct task_struct *child)
{
	return process_find(child->tgid)->flags;
}
