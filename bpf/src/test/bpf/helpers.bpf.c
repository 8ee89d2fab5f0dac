/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Runs the headers' helpers on a process of the test's choice and keeps what they return. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/path.h>
#include <tetragon/process.h>
#include <tetragon/ring.h>
#include <tetragon/throttle.h>

DEFINE_OBJECT;

/* Set before loading: what a process passes to getppid(), which has no arguments of its own, to be looked at. */
const volatile __u64 token = 0;
/* Set before loading: the number of that system call. */
const volatile __s64 call = -1;

/* What a test reads; the Java side mirrors the order. */
struct seen {
	__u32 calls;
	__u32 tgid;
	__u32 nspid;
	__u32 level;
	__u32 auid;
	__u32 cwd_size;
	__u32 complete;
	__u32 guard;
	struct msg_cred creds;
	struct msg_namespaces ns;
	char cwd[PATH_SIZE_MAX + PATH_COMPONENT_MAX];
	__u64 guard_behind;
};

#define GUARD 0x5afe5afe

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct msg_common);
} header SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct throttle_rate);
} rate SEC(".maps");

static __always_inline int look(struct task_struct *task)
{
	__u32 zero = 0;
	struct seen *to = bpf_map_lookup_elem(&seen, &zero);
	bool complete;

	if (!to)
		return 0;
	to->calls++;
	to->tgid = task->tgid;
	to->nspid = task_nspid(task, &to->level);
	to->auid = task_auid(task);
	task_creds(task, &to->creds);
	task_namespaces(task, &to->ns);
	to->guard = GUARD;
	to->guard_behind = GUARD;
	to->cwd_size = path_walk(to->cwd, &task->fs->pwd, &task->fs->root, &complete);
	to->complete = complete;
	return 0;
}

SEC("raw_tp/")
int look_at_caller(void *ctx)
{
	return look(bpf_get_current_task_btf());
}

SEC("tp_btf/sys_enter")
int BPF_PROG(look_at_token, struct pt_regs *regs, long id)
{
	if (id != call || regs->di != token)
		return 0;
	return look(bpf_get_current_task_btf());
}

SEC("raw_tp/")
int write_header(void *ctx)
{
	__u32 zero = 0;
	struct msg_common *to = bpf_map_lookup_elem(&header, &zero);

	if (to)
		msg_header(to, MSG_OP_EXIT, 0x12345678, 0x1122334455667788);
	return 0;
}

/* Returns whether the record was sent. */
SEC("raw_tp/")
int send_record(void *ctx)
{
	struct msg_exit msg = {};

	msg_header(&msg.common, MSG_OP_EXIT, sizeof(msg), bpf_ktime_get_ns());
	return ring_output(MSG_OP_EXIT, &msg, sizeof(msg));
}

SEC("raw_tp/")
int count_reason(void *ctx)
{
	process_account(PROCESS_MAP_FULL);
	/* Beyond the last one: nothing happens. */
	process_account(PROCESS_ACCOUNTS);
	return 0;
}

/* Returns the flags that the next record would be sent with. */
SEC("raw_tp/")
int ask_wakeup(void *ctx)
{
	return ring_wakeup(ring_reader_waits(ring_reader()));
}

SEC("raw_tp/")
int find_process(void *ctx)
{
	return process_find(bpf_get_current_pid_tgid() >> 32) ? 1 : 0;
}

/* Returns whether an event at the time that is the argument is sent, by the rate that is not that of a CPU. */
SEC("raw_tp/")
int decide(const __u64 *now)
{
	__u32 zero = 0;
	struct throttle_rate *counted = bpf_map_lookup_elem(&rate, &zero);
	const struct throttle_limit *limit = bpf_map_lookup_elem(&throttle_limit, &zero);

	return counted && limit && throttle_decide(counted, limit, *now);
}
