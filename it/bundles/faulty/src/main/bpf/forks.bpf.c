/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Nothing is wrong with this one: a record for each fork, so that a decoder has something to fail at. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/ring.h>

DEFINE_OBJECT;

/* FaultySensor.OPCODE */
#define MSG_OP_FAULTY 201

SEC("tp_btf/sched_process_fork")
int BPF_PROG(faulty_fork, struct task_struct *parent, struct task_struct *child)
{
	struct msg_common msg = {};

	msg_header(&msg, MSG_OP_FAULTY, sizeof(msg), bpf_ktime_get_ns());
	ring_output(MSG_OP_FAULTY, &msg, sizeof(msg));
	return 0;
}
