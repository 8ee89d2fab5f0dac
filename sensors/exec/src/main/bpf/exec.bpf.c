/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Process lives: fork, exec and exit keep the process map and are reported. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/binaries.h>
#include <tetragon/cgroup.h>
#include <tetragon/path.h>
#include <tetragon/process.h>
#include <tetragon/ring.h>
#include <tetragon/throttle.h>

DEFINE_OBJECT;

/* Set before loading: whether the environment is recorded. */
const volatile __u32 environment_enabled = 0;
/* Likewise, whether there may be a limit of base events by cgroup; it comes and goes with its sensor. */
const volatile __u32 throttle_enabled = 0;
/*
 * Likewise, whether the spare programs are attached behind the others. Where tracepoints can be preempted, which is from
 * Linux 7.0 on, the kernel skips a program whose last run on that processor is not over. Its spare, the same once more, then
 * does the work, and nothing where the work is done.
 */
const volatile __u32 spares = 0;

/* Larger areas travel in records of their own. */
#define EXEC_INLINE_MAX 4096
/* Where the interface says that arguments and paths needed more than one message. */
#define EXEC_ARGS_PLAIN 1024
#define EXEC_PATH_PLAIN 256
#define EXEC_PATH_MAX 4096
#define CGROUP_NAME_MAX 256

#define DATA_CHUNK 32768
/* 256 KiB; the rest is completed from /proc. */
#define DATA_CHUNKS_MAX 8

/* Path, arguments, environment and directory fit below 16 KiB; the name of the cgroup and one component lie behind. */
#define EXEC_DATA_MASK 0x3fff

struct exec_record {
	struct msg_execve msg;
	char data[EXEC_DATA_MASK + 1 + PATH_SIZE_MAX + PATH_COMPONENT_MAX + CGROUP_NAME_MAX];
};

/* Whether it is a spare program, and the place of a program's scratch: too large for the stack, and not in use twice. */
enum exec_turn {
	EXEC_FIRST,
	EXEC_SPARE,
};

/* The agent makes room for the spare's. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_record);
} exec_scratch SEC(".maps");

/* Likewise, for the entry of a process that is new to the map. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct process_value);
} value_scratch SEC(".maps");

/* Of signal_struct.flags; kernel internal, unchanged since 2.6. */
#define SIGNAL_GROUP_EXIT 0x4

struct data_record {
	struct msg_data msg;
	char bytes[DATA_CHUNK];
};

ABI_TYPE(struct, msg_execve);
ABI_TYPE(struct, msg_clone);
ABI_TYPE(struct, msg_exit);
ABI_TYPE(struct, msg_data);
ABI_TYPE(enum, exit_flags);
ABI_TYPE(enum, msg_op);
ABI_TYPE(enum, msg_data_kind);
ABI_TYPE(enum, exec_privileges);

static __always_inline void send_data(const struct process_key *key, __u32 kind, unsigned long start, __u64 total)
{
	__u64 offset = 0;
	int i;

	for (i = 0; i < DATA_CHUNKS_MAX; i++) {
		struct data_record *data;
		__u32 length = DATA_CHUNK;

		if (offset >= total)
			break;
		if (total - offset < DATA_CHUNK)
			length = total - offset;
		barrier_var(length);
		if (length > DATA_CHUNK)
			break;
		data = bpf_ringbuf_reserve(&events, sizeof(*data), 0);
		ring_account(MSG_OP_DATA, data != NULL);
		if (!data)
			break;
		msg_header(&data->msg.common, MSG_OP_DATA, sizeof(*data), key->ktime);
		data->msg.process = *key;
		data->msg.kind = kind;
		data->msg.offset = offset;
		data->msg.pad = 0;
		data->msg.length = bpf_probe_read_user(data->bytes, length, (void *)(start + offset)) ? 0 : length;
		bpf_ringbuf_submit(data, BPF_RB_NO_WAKEUP);
		offset += DATA_CHUNK;
	}
}

/* Copies an area of user memory behind `at`, or sends it beforehand where it is large. Returns the inline size. */
static __always_inline __u32 read_area(struct exec_record *record, __u32 at, __u32 kind, unsigned long start,
				       __u64 total, __u32 error)
{
	__u32 size;

	if (total == 0)
		return 0;
	if (total > EXEC_INLINE_MAX) {
		send_data(&record->msg.process, kind, start, total);
		return 0;
	}
	size = total;
	/* The compiler may test one copy of the size and use another, of which older verifiers know no bound. */
	barrier_var(size);
	if (size > EXEC_INLINE_MAX)
		return 0;
	if (bpf_probe_read_user(record->data + (at & EXEC_DATA_MASK), size, (void *)start)) {
		record->msg.flags |= error;
		return 0;
	}
	return size;
}

static __always_inline __u32 read_cgroup(struct exec_record *record, __u32 at, struct task_struct *task)
{
	struct cgroup *cgroup = task_cgroup(task);
	long size;

	record->msg.cgroup_id = cgroup_id(cgroup);
	size = bpf_probe_read_kernel_str(record->data + at, CGROUP_NAME_MAX, BPF_CORE_READ(cgroup, kn, name));
	if (size < 0) {
		record->msg.flags |= EVENT_ERROR_CGROUP_NAME;
		return 0;
	}
	return size;
}

/* Where this process comes from, as far as the map knows. */
static __always_inline void link_parent(struct msg_execve *msg, const struct process_value *known,
					struct task_struct *task)
{
	if (known) {
		msg->replaced = known->key;
		if (known->flags & EVENT_CLONE) {
			msg->flags |= EVENT_CLONE;
			msg->parent = known->parent;
		} else {
			msg->parent = known->key;
		}
		msg->privileges = known->pending_privileges;
		return;
	}
	process_account(PROCESS_EXEC_UNKNOWN);
	msg->flags |= EVENT_MISS;
	/* Without a time, the agent looks for the newest process of this id. */
	msg->parent.pid = task->real_parent->tgid;
	known = process_find(msg->parent.pid);
	if (known)
		msg->parent = known->key;
}

/* The entry of a process that the map does not know, to be put there. */
static __always_inline struct process_value *new_value(const struct msg_execve *msg, __u32 turn)
{
	struct process_value *value = bpf_map_lookup_elem(&value_scratch, &turn);
	__u32 parent = msg->parent.pid;
	const struct process_value *creator = process_find(parent);

	if (!value)
		return NULL;
	__builtin_memset(value, 0, sizeof(*value));
	value->start = msg->process.ktime;
	value->creator.pid = parent;
	value->creator.ktime = creator ? creator->start : 0;
	return value;
}

/* What ran here before is the parent of what is executed now. */
static __always_inline void inherit_sets(const struct binary_config *config, struct process_value *value)
{
	int i;

	for (i = 0; i < BINARY_SET_WORDS; i++) {
		__u64 before = value->binary_sets[i];

		value->parent_binary_sets[i] = before;
		value->inherited_sets[i] |= before & config->follow[i];
	}
}

/* Which is never the script, but its interpreter. The path is built in the part of the record that is filled later. */
static __always_inline void remember_binary(struct exec_record *record, struct process_value *value,
					    struct task_struct *task, struct linux_binprm *bprm)
{
	const struct binary_config *config = binary_config_find();
	__u32 length = path_text(record->data, &bprm->file->f_path, &task->fs->root), size = length + 1;
	__u64 sets[BINARY_SET_WORDS] = {};

	value->parent_binary = value->binary;
	if (size > BINARY_PATH_MAX)
		size = BINARY_PATH_MAX;
	value->binary.length = length;
	value->binary.key.bits = size * 8;
	bpf_probe_read_kernel(value->binary.key.text, size, record->data + PATH_SIZE_MAX - length);
	if (!config || !config->sets)
		return;
	inherit_sets(config, value);
	binary_sets_of(config, &value->binary, record->data + PATH_SIZE_MAX, BINARY_ROOM_EXEC, sets);
	__builtin_memcpy(value->binary_sets, sets, sizeof(sets));
}

static __always_inline void remember(const struct msg_execve *msg, struct process_value *value)
{
	value->key = msg->process;
	value->parent = msg->parent;
	value->flags = EVENT_EXECVE | (msg->flags & EVENT_IN_INIT_TREE);
	value->nspid = msg->nspid;
	value->pending_privileges = 0;
	value->ns = msg->ns;
	value->caps = msg->creds.caps;
}

/*
 * Whether an exec is told. If it is, the message refers to what the agent knows: where what ran here before was not told,
 * the nearest ancestor that was is the parent.
 */
static __always_inline bool exec_admitted(struct msg_execve *msg, struct process_value *value, struct task_struct *task)
{
	struct process_key before = value->told.pid ? value->told : msg->replaced;

	if (!before.pid) {
		const struct process_value *parent = process_find(msg->parent.pid);

		before = parent ? *process_told(parent) : msg->parent;
		msg->parent = before;
	}
	if (!throttle_admits(task, THROTTLE_EXEC, msg->process.ktime)) {
		value->told = before;
		return false;
	}
	if (value->told.pid) {
		msg->parent = before;
		msg->replaced = before.pid == msg->process.pid ? before : (struct process_key){};
		value->told = (struct process_key){};
	} else if (msg->flags & EVENT_CLONE && value->told_parent.pid) {
		msg->parent = value->told_parent;
	}
	return true;
}

static __always_inline int on_exec(struct task_struct *task, struct linux_binprm *bprm, __u32 turn)
{
	struct exec_record *record = bpf_map_lookup_elem(&exec_scratch, &turn);
	__u32 tgid = task->tgid, number = task->self_exec_id, at, level;
	struct process_value *known = process_find(tgid), *value;
	struct mm_struct *mm = task->mm;
	struct inode *inode;
	struct msg_execve *msg;
	bool complete, admitted;
	long size;

	if (!record || (spares && known && known->exec_number == number))
		return 0;
	msg = &record->msg;
	msg->process.pid = tgid;
	msg->process.pad = 0;
	msg->process.ktime = bpf_ktime_get_ns();
	msg->parent = (struct process_key){};
	msg->replaced = (struct process_key){};
	msg->flags = EVENT_EXECVE;
	msg->privileges = 0;
	msg->pad = 0;
	link_parent(msg, known, task);

	msg->nspid = task_nspid(task, &level);
	if ((level > 0 && msg->nspid == 1) || (known && known->flags & EVENT_IN_INIT_TREE))
		msg->flags |= EVENT_IN_INIT_TREE;
	msg->auid = task_auid(task);
	task_creds(task, &msg->creds);
	task_namespaces(task, &msg->ns);

	value = known ? known : new_value(msg, turn);
	if (!value)
		return 0;
	remember(msg, value);
	value->exec_number = number;
	remember_binary(record, value, task, bprm);
	admitted = !throttle_enabled || exec_admitted(msg, value, task);
	if (!known && bpf_map_update_elem(&process_map, &tgid, value, BPF_ANY)) {
		/* Then nothing tells whether the first program was there. */
		if (turn == EXEC_SPARE)
			return 0;
		process_account(PROCESS_MAP_FULL);
	}
	if (!admitted)
		return 0;

	inode = bprm->file->f_inode;
	msg->unlinked_ino = inode->i_nlink == 0 ? inode->i_ino : 0;

	size = bpf_probe_read_kernel_str(record->data, EXEC_PATH_MAX, bprm->filename);
	if (size <= 0) {
		msg->flags |= EVENT_ERROR_FILENAME;
		size = 0;
	}
	if (size > EXEC_PATH_PLAIN)
		msg->flags |= EVENT_DATA_FILENAME;
	msg->path_size = size;
	at = size & EXEC_DATA_MASK;

	msg->args_total = mm->arg_end - mm->arg_start;
	if (msg->args_total > EXEC_ARGS_PLAIN)
		msg->flags |= EVENT_DATA_ARGS;
	msg->args_size = read_area(record, at, MSG_DATA_ARGS, mm->arg_start, msg->args_total, EVENT_ERROR_ARGS);
	at += msg->args_size;

	msg->envs_total = 0;
	msg->envs_size = 0;
	if (environment_enabled) {
		msg->envs_total = mm->env_end - mm->env_start;
		msg->envs_size = read_area(record, at, MSG_DATA_ENVS, mm->env_start, msg->envs_total,
					   EVENT_ERROR_ENVS);
		at += msg->envs_size;
	}

	at &= EXEC_DATA_MASK;
	msg->cwd_size = path_walk(record->data + at, &task->fs->pwd, &task->fs->root, &complete);
	if (!complete)
		msg->flags |= EVENT_ERROR_PATH_RESOLUTION_CWD;
	else if (msg->cwd_size == 0)
		msg->flags |= EVENT_ROOT_CWD;
	at += msg->cwd_size;
	if (at > EXEC_DATA_MASK + PATH_SIZE_MAX)
		return 0;
	msg->cgroup_size = read_cgroup(record, at, task);
	at += msg->cgroup_size;

	msg_header(&msg->common, MSG_OP_EXECVE, sizeof(*msg) + at, msg->process.ktime);
	ring_output(MSG_OP_EXECVE, record, sizeof(*msg) + (at & 0x7fff));
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_process, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	return on_exec(task, bprm, EXEC_FIRST);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_process_spare, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	return on_exec(task, bprm, EXEC_SPARE);
}

/* Whether a fork is told; its parent, by which it is told, may be the nearest ancestor that was. */
static __always_inline bool fork_admitted(struct process_value *value, const struct process_value *from,
					  struct task_struct *child)
{
	value->told_parent = from->told;
	value->told = (struct process_key){};
	if (throttle_admits(child, THROTTLE_CLONE, value->key.ktime))
		return true;
	value->told = *process_told(from);
	return false;
}

/* Whether the map has the process already; what it has may also be one of that number that ended before. */
static __always_inline bool fork_seen(struct task_struct *child)
{
	const struct process_value *value = process_find(child->tgid);

	return value && value->start >= child->start_time;
}

static __always_inline int on_fork(struct task_struct *parent, struct task_struct *child, __u32 turn)
{
	__u32 tgid = child->tgid, level;
	const struct binary_config *config;
	struct process_value *from, *value;
	struct msg_clone msg = {};

	/* A thread of the same process. */
	if (child->pid != child->tgid || (spares && fork_seen(child)))
		return 0;
	from = process_find(parent->tgid);
	if (!from) {
		if (turn == EXEC_FIRST)
			process_account(PROCESS_FORK_PARENT_UNKNOWN);
		return 0;
	}
	if (bpf_map_update_elem(&process_map, &tgid, from, BPF_ANY)) {
		if (turn == EXEC_FIRST)
			process_account(PROCESS_MAP_FULL);
		return 0;
	}
	value = process_find(tgid);
	if (!value)
		return 0;
	value->key.pid = tgid;
	value->key.ktime = bpf_ktime_get_ns();
	value->parent = from->key;
	value->start = value->key.ktime;
	value->creator.pid = from->key.pid;
	value->creator.ktime = from->start;
	value->nspid = task_nspid(child, &level);
	value->flags = EVENT_CLONE | (from->flags & EVENT_IN_INIT_TREE);
	if (level > 0 && value->nspid == 1)
		value->flags |= EVENT_IN_INIT_TREE;
	value->pending_privileges = 0;
	value->parent_binary = from->binary;
	config = binary_config_find();
	if (config && config->sets)
		inherit_sets(config, value);
	if (throttle_enabled && !fork_admitted(value, from, child))
		return 0;

	msg_header(&msg.common, MSG_OP_CLONE, sizeof(msg), value->key.ktime);
	msg.process = value->key;
	msg.parent = value->told_parent.pid ? value->told_parent : value->parent;
	msg.nspid = value->nspid;
	msg.flags = value->flags;
	ring_output(MSG_OP_CLONE, &msg, sizeof(msg));
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(exec_fork, struct task_struct *parent, struct task_struct *child)
{
	return on_fork(parent, child, EXEC_FIRST);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(exec_fork_spare, struct task_struct *parent, struct task_struct *child)
{
	return on_fork(parent, child, EXEC_SPARE);
}

/* The status that wait() reports: of the group if something ended it as a whole, else of the leader. */
static __always_inline __u32 exit_code(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;

	if (signal->flags & SIGNAL_GROUP_EXIT)
		return signal->group_exit_code;
	return task->group_leader->exit_code;
}

static __always_inline int on_exit(struct task_struct *task, __u32 turn)
{
	__u32 tgid = task->tgid;
	struct process_value *value;
	struct process_key told;
	struct msg_exit msg = {};

	if (task->signal->live.counter != 0)
		return 0;
	value = process_find(tgid);
	if (!value) {
		if (turn == EXEC_FIRST)
			process_account(PROCESS_EXIT_UNKNOWN);
		return 0;
	}
	msg.process = value->key;
	told = value->told;
	/* Two last threads may both see that none lives any more: the one that deletes the entry reports. */
	if (bpf_map_delete_elem(&process_map, &tgid))
		return 0;
	msg_header(&msg.common, MSG_OP_EXIT, sizeof(msg), bpf_ktime_get_ns());
	/* An exit goes with its exec. */
	if (throttle_enabled && told.pid) {
		throttle_count(THROTTLE_EXIT);
		if (told.pid != tgid)
			return 0;
		msg.process = told;
		msg.common.flags = MSG_EXIT_UNTOLD;
	}
	msg.code = exit_code(task);
	msg.tid = task->pid;
	ring_output(MSG_OP_EXIT, &msg, sizeof(msg));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exec_exit, struct task_struct *task)
{
	return on_exit(task, EXEC_FIRST);
}

/* Behind the first program there is no entry left. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(exec_exit_spare, struct task_struct *task)
{
	return on_exit(task, EXEC_SPARE);
}

/*
 * The privileges that an exec is about to raise. Three programs, of which the kernel's best is loaded: the pointers are
 * trusted in the first two, and read through helpers in the third.
 */
#define CRED_FIELD(cred, field) (trusted ? (cred)->field : BPF_CORE_READ(cred, field))

static __always_inline void note_privileges(const struct cred *new, const struct cred *old, const bool trusted)
{
	__u32 euid = CRED_FIELD(new, euid.val), egid = CRED_FIELD(new, egid.val);
	struct process_value *value = process_find(bpf_get_current_pid_tgid() >> 32);
	struct msg_capabilities had, has;
	__u32 privileges = 0;

	if (!value)
		return;
	if (euid != CRED_FIELD(old, euid.val))
		privileges |= euid == 0 ? EXEC_SETUID | EXEC_SETUID_ROOT : EXEC_SETUID;
	if (egid != CRED_FIELD(old, egid.val))
		privileges |= egid == 0 ? EXEC_SETGID | EXEC_SETGID_ROOT : EXEC_SETGID;
	/* Becoming root brings capabilities by itself; any other gain is from the file's own. */
	task_caps(old, &had);
	task_caps(new, &has);
	if (has.permitted & ~had.permitted && !(privileges & EXEC_SETUID_ROOT))
		privileges |= EXEC_FILE_CAPS;
	value->pending_privileges = privileges;
}

SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(exec_prepare, struct task_struct *task, struct linux_binprm *bprm)
{
	note_privileges(bprm->cred, task->cred, true);
	return 0;
}

SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(exec_prepare_spare, struct task_struct *task, struct linux_binprm *bprm)
{
	note_privileges(bprm->cred, task->cred, true);
	return 0;
}

SEC("fentry/security_bprm_committing_creds")
int BPF_PROG(exec_creds_fentry, struct linux_binprm *bprm)
{
	note_privileges(bprm->cred, bpf_get_current_task_btf()->cred, true);
	return 0;
}

SEC("kprobe/security_bprm_committing_creds")
int BPF_KPROBE(exec_creds_kprobe, struct linux_binprm *bprm)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	note_privileges(BPF_CORE_READ(bprm, cred), BPF_CORE_READ(task, cred), false);
	return 0;
}
