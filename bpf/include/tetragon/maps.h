/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The maps that all objects share. The platform creates them once, by these names, with the sizes that the user asked
 * for; every later object is given the same ones.
 */
#ifndef TETRAGON_MAPS_H
#define TETRAGON_MAPS_H

#include "abi.h"

/* Longest path kept for matching, with its NUL; longer ones are cut and have none. */
#define BINARY_PATH_MAX 256

/* 256 different sets of binaries in all policies together. */
#define BINARY_SET_WORDS 4

/* A path as a key of an LPM trie. */
struct binary_key {
	__u32 bits;
	char text[BINARY_PATH_MAX];
};

/* The path of a file that is executed. */
struct binary_path {
	/* Bytes of the whole path without its NUL. Here also because it aligns the text to eight bytes. */
	__u32 length;
	struct binary_key key;
} __attribute__((aligned(8)));

/* All that programs know of a thread group. Filled at fork and exec, and from /proc for those that ran before. */
struct process_value {
	struct process_key key;
	struct process_key parent;
	/* Time of the fork, which is another's than the key's once the process has executed something. */
	__u64 start;
	/* The process that forked this one, by its `start`; `parent` may be the same process before an exec. */
	struct process_key creator;
	__u32 flags;
	__u32 nspid;
	/*
	 * While the base events of a cgroup are throttled, the newest identity of this process, or of its nearest
	 * ancestor, that the agent was told: a record refers to it in place of `key`. No process (pid 0) says that `key`
	 * was told, which is the rule. The second is the same of the parent that forked this process.
	 */
	struct process_key told;
	struct process_key told_parent;
	/* enum exec_privileges of an exec that has not happened yet: it passes its point of no return. */
	__u32 pending_privileges;
	/* The task's self_exec_id behind its last exec; 0 where that was before the agent came. */
	__u32 exec_number;
	struct msg_namespaces ns;
	struct msg_capabilities caps;
	/*
	 * The sets of binaries, as policies name them, that this process is in: decided at exec, not at each hit. The
	 * inherited ones are those that a parent or another ancestor was in and that follow its children, a parent
	 * being the same process before an exec, too. So a filter that follows children looks at the binary's or the
	 * inherited ones; one on the parent's binary that does, at the inherited ones alone. A bit of a number that no
	 * policy uses means nothing.
	 */
	__u64 binary_sets[BINARY_SET_WORDS];
	__u64 parent_binary_sets[BINARY_SET_WORDS];
	__u64 inherited_sets[BINARY_SET_WORDS];
	/* What the kernel executes, for a script its interpreter, as seen from the root of the process, links resolved. */
	struct binary_path binary;
	struct binary_path parent_binary;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct process_value);
} process_map SEC(".maps");

/*
 * The texts of the sets. An exact path ends in its NUL, a prefix does not; postfixes are reversed. A value has the sets
 * of its text and of every shorter one that the text begins with, because a lookup finds only the longest.
 */
struct binary_sets {
	__u64 word[BINARY_SET_WORDS];
};

#define BINARY_TEXTS_MAX 65536

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BINARY_TEXTS_MAX);
	__type(key, struct binary_key);
	__type(value, struct binary_sets);
} binary_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BINARY_TEXTS_MAX);
	__type(key, struct binary_key);
	__type(value, struct binary_sets);
} binary_postfixes SEC(".maps");

struct binary_config {
	/* Whether any set is in force, and whether its texts are in binary_prefixes. */
	__u32 sets;
	__u32 prefixes;
	/* Whether there are postfixes, and bytes of the longest. */
	__u32 postfixes;
	__u32 longest_postfix;
	/* Those that descendants inherit. */
	__u64 follow[BINARY_SET_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct binary_config);
} binary_config SEC(".maps");

/* Where a path is turned round: one for programs at exec, one for those that the agent runs, which can be preempted. */
enum binary_room {
	BINARY_ROOM_EXEC,
	BINARY_ROOM_AGENT,
	BINARY_ROOMS,
};

struct binary_reversal {
	struct binary_path reversed;
	/* A path whose end lies in the middle. */
	char text[2 * BINARY_PATH_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BINARY_ROOMS);
	__type(key, __u32);
	__type(value, struct binary_reversal);
} binary_reversals SEC(".maps");

/*
 * Whom policies are for, by the ids of cgroups (policyfilter.h). A filter's map holds the cgroups of the containers that
 * it selects, and POLICY_FILTER_HOST_KEY if it selects the host's processes as well; that of POLICY_FILTER_ALL holds the
 * cgroups of all containers. The agent creates the inner maps, sized to what is in them.
 */
enum policy_filter_limits {
	/* Filters of all policies. */
	POLICY_FILTER_MAPS = 128,
	/* Of one policy: its own, then those of its selectors. */
	POLICY_FILTERS_MAX = 16,
	/* Different levels at which containers may be, and the lowest one. */
	POLICY_FILTER_LEVELS = 8,
	POLICY_FILTER_LEVEL_MAX = 255,
};

enum policy_filter_ids {
	POLICY_FILTER_NONE,
	POLICY_FILTER_ALL,
};

#define POLICY_FILTER_HOST_KEY 0xffffffffffffffff

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, POLICY_FILTER_MAPS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(map_flags, BPF_F_NO_PREALLOC);
		__uint(max_entries, 1);
		__type(key, __u64);
		__type(value, __u8);
	});
} policy_filter_maps SEC(".maps");

/*
 * How far below the root the cgroups of containers are: each level that has any is a byte, the lowest bits the uppermost
 * level, 0 behind the last. One number, so that programs never see half of a change.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} policy_filter_levels SEC(".maps");

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

/* The limit of base events of a cgroup on one CPU; all zero as long as there is none. Times in nanoseconds. */
struct throttle_limit {
	__u64 events;
	__u64 interval;
	/* How long the rate has to stay below the limit before events are sent again. */
	__u64 quiet;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct throttle_limit);
} throttle_limit SEC(".maps");

/* The base events of a cgroup on one CPU. */
struct throttle_rate {
	/* Which interval since boot `current` counts; `previous` counts the one before it. */
	__u64 slot;
	__u64 current;
	__u64 previous;
	/* When an event was above the limit last; 0 if none ever was. */
	__u64 over;
	/* Events that were not sent. */
	__u64 execs;
	__u64 clones;
	/* Whether the agent has been told of `over`. */
	__u32 told;
	/* Whether the cgroup was removed: there will be no more events. */
	__u32 gone;
};

/* By the cgroup's id. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct throttle_rate);
} throttle_rates SEC(".maps");

/* Events that were not sent because of their cgroup's rate, and those that were sent because there was no room for it. */
enum throttle_account {
	THROTTLE_EXEC,
	THROTTLE_CLONE,
	THROTTLE_EXIT,
	THROTTLE_MAP_FULL,
	THROTTLE_ACCOUNTS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, THROTTLE_ACCOUNTS);
	__type(key, __u32);
	__type(value, __u64);
} throttle_accounts SEC(".maps");

#endif
