/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What travels from BPF programs to the agent. This header is the definition; the offsets on the other side are
 * generated from the BTF of the compiled objects. Records are little endian and 8-byte aligned.
 */
#ifndef TETRAGON_ABI_H
#define TETRAGON_ABI_H

#include "kernel.h"

/* Raised when a shared map or a record changes its layout; an object of another version is not loaded. */
#define ABI_VERSION 4

#define DEFINE_OBJECT                                                                                                  \
	char LICENSE[] SEC("license") = "Dual BSD/GPL";                                                                \
	const volatile __u32 abi_version = ABI_VERSION

/* Keeps a type in the object's BTF although no map or variable uses it: `ABI_TYPE(struct, msg_exit);`. */
#define ABI_TYPE(kind, name) kind name *abi_type_##name __attribute__((unused))

enum msg_op {
	MSG_OP_EXECVE = 5,
	MSG_OP_EXIT = 7,
	MSG_OP_GENERIC_KPROBE = 13,
	MSG_OP_GENERIC_TRACEPOINT = 14,
	MSG_OP_GENERIC_UPROBE = 15,
	MSG_OP_GENERIC_LSM = 16,
	MSG_OP_CLONE = 23,
	MSG_OP_DATA = 24,
	MSG_OP_LOADER = 26,
	MSG_OP_THROTTLE = 27,
	MSG_OP_GENERIC_USDT = 28,
};

/* First in every record. */
struct msg_common {
	__u8 op;
	__u8 flags;
	__u16 pad;
	__u32 size;
	__u64 ktime;
};

/* The identity of a process: thread group id and kernel time of its exec or fork. */
struct process_key {
	__u32 pid;
	__u32 pad;
	__u64 ktime;
};

struct msg_capabilities {
	__u64 permitted;
	__u64 effective;
	__u64 inheritable;
};

struct msg_cred {
	__u32 uid;
	__u32 gid;
	__u32 suid;
	__u32 sgid;
	__u32 euid;
	__u32 egid;
	__u32 fsuid;
	__u32 fsgid;
	__u32 securebits;
	__u32 pad;
	struct msg_capabilities caps;
};

struct msg_namespaces {
	__u32 uts_inum;
	__u32 ipc_inum;
	__u32 mnt_inum;
	__u32 pid_inum;
	__u32 pid_child_inum;
	__u32 net_inum;
	__u32 time_inum;
	__u32 time_child_inum;
	__u32 cgroup_inum;
	__u32 user_inum;
};

/* Bits of process flags; those of the words that events print have the interface's values. */
enum process_flags {
	EVENT_EXECVE = 0x1,
	EVENT_PROCFS = 0x4,
	EVENT_ERROR_ENVS = 0x8,
	EVENT_TRUNC_ARGS = 0x10,
	EVENT_MISS = 0x40,
	EVENT_ERROR_FILENAME = 0x100,
	EVENT_ERROR_ARGS = 0x200,
	EVENT_NO_CWD = 0x800,
	EVENT_ROOT_CWD = 0x1000,
	EVENT_ERROR_CWD = 0x2000,
	EVENT_CLONE = 0x4000,
	EVENT_ERROR_CGROUP_NAME = 0x10000,
	EVENT_ERROR_PATH_RESOLUTION_CWD = 0x400000,
	EVENT_DATA_FILENAME = 0x800000,
	EVENT_DATA_ARGS = 0x1000000,
	EVENT_IN_INIT_TREE = 0x2000000,
};

/* How an exec raised the privileges of the process. */
enum exec_privileges {
	EXEC_SETUID = 0x1,
	EXEC_SETGID = 0x2,
	EXEC_FILE_CAPS = 0x4,
	EXEC_SETUID_ROOT = 0x8,
	EXEC_SETGID_ROOT = 0x10,
};

/*
 * Followed by, without gaps: path (with its NUL), arguments (argv[0] first, each with its NUL), environment (likewise),
 * working directory (components leaf first, each with its NUL), name of the cgroup (with its NUL). An arguments or
 * environment area larger than EXEC_INLINE_MAX travels in MSG_OP_DATA records sent before this one, and its inline size
 * is 0.
 */
struct msg_execve {
	struct msg_common common;
	struct process_key process;
	struct process_key parent;
	/* The entry that this exec replaces: the fork's, or the previous exec's. */
	struct process_key replaced;
	__u32 nspid;
	__u32 auid;
	__u32 flags;
	__u32 privileges;
	__u64 unlinked_ino;
	__u64 cgroup_id;
	struct msg_cred creds;
	struct msg_namespaces ns;
	/* Bytes of the areas in the process's memory, however much of them travels. */
	__u64 args_total;
	__u64 envs_total;
	__u32 path_size;
	__u32 args_size;
	__u32 envs_size;
	__u32 cwd_size;
	__u32 cgroup_size;
	__u32 pad;
};

struct msg_clone {
	struct msg_common common;
	struct process_key process;
	struct process_key parent;
	__u32 nspid;
	__u32 flags;
};

/* Of msg_common.flags of an exit. */
enum exit_flags {
	/* Its exec was not told because of its cgroup's rate: the end of what was told before is no event. */
	MSG_EXIT_UNTOLD = 0x1,
};

struct msg_exit {
	struct msg_common common;
	struct process_key process;
	__u32 code;
	__u32 tid;
};

#define MSG_THROTTLE_NAME_MAX 256

/* A cgroup's base events come faster than its limit on one CPU, and are not sent any more. */
struct msg_throttle {
	struct msg_common common;
	__u64 cgroup_id;
	/* With its NUL; 0 if it could not be read. */
	__u32 name_length;
	__u32 pad;
	char name[MSG_THROTTLE_NAME_MAX];
};

enum msg_data_kind {
	MSG_DATA_ARGS = 1,
	MSG_DATA_ENVS = 2,
};

/* A piece of an area that did not fit into its record; followed by `length` bytes. */
struct msg_data {
	struct msg_common common;
	struct process_key process;
	__u32 kind;
	__u32 offset;
	__u32 length;
	__u32 pad;
};

#endif
