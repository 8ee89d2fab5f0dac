/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reports every change of a thread's name, be it by prctl, by a write to /proc/PID/comm or by an exec. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/process.h>
#include <tetragon/ring.h>

DEFINE_OBJECT;

/* One of those for third parties, 128 to 249. */
enum rename_op {
	MSG_OP_RENAME = 200,
};

/* TASK_COMM_LEN of the kernel. */
#define NAME_SIZE 16

struct msg_rename {
	struct msg_common common;
	/* Only the pid where the process map does not know the process. */
	struct process_key process;
	/* Counts from 0 since the object was loaded: a number that is missing is a lost record. */
	__u64 sequence;
	__u32 tid;
	__u32 pad;
	char old_name[NAME_SIZE];
	char new_name[NAME_SIZE];
};

ABI_TYPE(struct, msg_rename);
ABI_TYPE(enum, rename_op);

/* A member that the shared header has no use for. */
struct task_struct___name {
	char comm[NAME_SIZE];
} __attribute__((preserve_access_index));

__u64 next_sequence;

SEC("tp_btf/task_rename")
int BPF_PROG(rename, struct task_struct *task, const char *new_name)
{
	struct task_struct___name *named = (void *)task;
	struct msg_rename msg = {};
	struct process_value *process = process_find(task->tgid);

	if (process)
		msg.process = process->key;
	else
		msg.process.pid = task->tgid;
	msg.tid = task->pid;
	bpf_probe_read_kernel_str(msg.old_name, sizeof(msg.old_name), &named->comm);
	bpf_probe_read_kernel_str(msg.new_name, sizeof(msg.new_name), new_name);
	msg.sequence = __sync_fetch_and_add(&next_sequence, 1);
	msg_header(&msg.common, MSG_OP_RENAME, sizeof(msg), bpf_ktime_get_ns());
	ring_output(MSG_OP_RENAME, &msg, sizeof(msg));
	return 0;
}
