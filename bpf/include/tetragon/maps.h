/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The maps that all objects share. The platform creates them once, by these names, with the sizes that the user asked
 * for; every later object is given the same ones.
 */
#ifndef TETRAGON_MAPS_H
#define TETRAGON_MAPS_H

#include "abi.h"

/* Longest path kept for matching; longer ones are cut. */
#define BINARY_PATH_MAX 256

/* 256 different sets of binaries in all policies together. */
#define BINARY_SET_WORDS 4

/* All that programs know of a thread group. Filled at fork and exec, and from /proc for those that ran before. */
struct process_value {
	struct process_key key;
	struct process_key parent;
	__u32 flags;
	__u32 nspid;
	/* enum exec_privileges of an exec that has not happened yet: it passes its point of no return. */
	__u32 pending_privileges;
	__u32 pad;
	struct msg_namespaces ns;
	struct msg_capabilities caps;
	/*
	 * The sets of binaries, as policies name them, that this process is in: decided at exec, not at each hit. The
	 * inherited ones are those that an ancestor was in and that follow its children.
	 */
	__u64 binary_sets[BINARY_SET_WORDS];
	__u64 parent_binary_sets[BINARY_SET_WORDS];
	__u64 inherited_sets[BINARY_SET_WORDS];
	__u32 binary_length;
	__u32 parent_binary_length;
	char binary[BINARY_PATH_MAX];
	char parent_binary[BINARY_PATH_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct process_value);
} process_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SEC(".maps");

/* The accounts of the ring: every record a program wanted to send, and those that did not fit. */
struct ring_account {
	__u64 produced;
	__u64 lost;
};

#define RING_ACCOUNTS 256

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RING_ACCOUNTS);
	__type(key, __u32);
	__type(value, struct ring_account);
} ring_accounts SEC(".maps");

/* Written by the reader: whether it sleeps and wants to be woken by the next record. */
struct ring_control {
	__u32 waiting;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ring_control);
} ring_control SEC(".maps");

/* What went wrong with the process map, by reason. */
enum process_account {
	PROCESS_FORK_PARENT_UNKNOWN,
	PROCESS_EXEC_UNKNOWN,
	PROCESS_EXIT_UNKNOWN,
	PROCESS_MAP_FULL,
	PROCESS_ACCOUNTS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROCESS_ACCOUNTS);
	__type(key, __u32);
	__type(value, __u64);
} process_accounts SEC(".maps");

#endif
