/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* As if compiled with the headers of another version of the agent. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";
const volatile __u32 abi_version = ABI_VERSION + 1;

SEC("tp_btf/sched_process_fork")
int BPF_PROG(faulty_fork, struct task_struct *parent, struct task_struct *child)
{
	return 0;
}
