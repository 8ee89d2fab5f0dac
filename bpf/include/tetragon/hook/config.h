/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the generic hook programs are told before they are loaded. The whole lies in frozen read-only data: the verifier
 * knows every value, follows only the branches that this hook takes and removes the rest. One program serves any number
 * of attachments, told apart by cookie or system call number.
 */
#ifndef TETRAGON_HOOK_CONFIG_H
#define TETRAGON_HOOK_CONFIG_H

#include <tetragon/kernel.h>

/* `args` and `data` of a hook together; the slot behind them is the return value's. */
enum hook_limits {
	HOOK_ARGUMENTS_MAX = 5,
	HOOK_RETURN_SLOT = 5,
	HOOK_SLOTS = 6,
	HOOK_STEPS_MAX = 10,
	HOOK_SELECTORS_MAX = 32,
	HOOK_FILTERS_MAX = 128,
	HOOK_ACTIONS_MAX = 96,
	HOOK_RANGES_MAX = 128,
	HOOK_CEL_MAX = 128,
	/* Numbers of a filter beyond those it keeps in the pool go into hook_numbers. */
	HOOK_NUMBERS_MAX = 256,
	HOOK_NUMBERS_INLINE = 4,
	/* Texts up to this size are keys of hook_texts; OPERATOR_EXACT counts the NUL that ends it. */
	HOOK_TEXT_KEY = 254,
	HOOK_LONG_TEXT = 4096,
	HOOK_SUBSTRING = 100,
	/* Bytes of the scratch area that the texts of a hook's arguments share. */
	HOOK_AREA = 24576,
};

/* How an argument is read; integers of all widths are one kind. */
enum hook_kind {
	/* Takes part in the hook, but is not in its events. */
	KIND_NOP,
	KIND_INTEGER,
	/* The number of a system call, with SYSCALL_COMPAT for 32-bit callers. */
	KIND_SYSCALL,
	/* Text in user or kernel memory, ended by NUL; the address tells which memory. */
	KIND_STRING,
	KIND_CHAR_BUF,
	KIND_CHAR_IOVEC,
	KIND_IOV_ITER,
	/* Text that a tracepoint's record keeps behind its fixed fields. */
	KIND_DATA_LOC,
	/* Bytes within a tracepoint's record. */
	KIND_CONST_BUF,
	KIND_NET_DEVICE,
	KIND_FILENAME,
	KIND_FD,
	KIND_FILE,
	KIND_PATH,
	KIND_DENTRY,
	KIND_KIOCB,
	KIND_LINUX_BINPRM,
	KIND_SKB,
	KIND_SOCK,
	KIND_SOCKET,
	KIND_SOCKADDR,
	KIND_SOCKADDR_UN,
	/* A kernel_cap_t, by its address. */
	KIND_CAPABILITIES,
	KIND_CRED,
	KIND_USER_NAMESPACE,
	KIND_BPF_ATTR,
	KIND_BPF_MAP,
	KIND_BPF_PROG,
	KIND_PERF_EVENT,
	KIND_LOAD_INFO,
	KIND_MODULE,
};

/* Where the value comes from that an argument starts at. */
enum hook_source {
	/* A parameter of the function, raw tracepoint or LSM hook, or an operand of a USDT; `index` says which. */
	SOURCE_PARAMETER,
	/* The `width` bytes at `offset` of a tracepoint's record. */
	SOURCE_FIELD,
	SOURCE_CURRENT_TASK,
	/* The register at `offset` of struct pt_regs: of the caller in user space for system calls and uprobes. */
	SOURCE_PT_REGS,
	SOURCE_RETURN,
};

enum hook_argument_flags {
	/* Behind the steps the value is an address, at which the `width` bytes of the integer lie. */
	ARGUMENT_LOAD = 0x1,
	/* Read when the function returns. */
	ARGUMENT_AT_RETURN = 0x2,
	/* Travels whole, in data records where it is long. */
	ARGUMENT_MAX_DATA = 0x4,
	ARGUMENT_SIGNED = 0x8,
	/* The tracepoint's __data_loc counts from its own place. */
	ARGUMENT_REL_LOC = 0x10,
	/* From `data`, not `args`. */
	ARGUMENT_IS_DATA = 0x20,
};

#define SIZE_PARAMETER_NONE 0xff

/* A step from a structure to what lies in it: `offset` is added, then, if asked for, a pointer is followed. */
struct hook_step {
	__u32 offset;
	__u32 dereference;
};

struct hook_argument {
	__u8 kind;
	__u8 source;
	__u8 index;
	__u8 flags;
	/* Bytes of an integer. */
	__u8 width;
	/* The parameter that holds the size of a buffer; of tracepoints the field at size_offset with size_width bytes. */
	__u8 size_parameter;
	__u8 size_width;
	__u8 steps;
	__u32 offset;
	/* Bytes of a KIND_CONST_BUF. */
	__u32 size;
	__u32 size_offset;
	/* Where in the scratch area this argument's text goes, and how many bytes it may have. */
	__u32 area;
	__u32 limit;
	__u32 pad;
	struct hook_step step[HOOK_STEPS_MAX];
};

/* What a filter looks at. */
enum hook_subject {
	SUBJECT_ARGUMENT,
	SUBJECT_PID,
	SUBJECT_NAMESPACE_PID,
	SUBJECT_BINARY,
	SUBJECT_PARENT_BINARY,
	/* `slot` is an index into struct msg_namespaces. */
	SUBJECT_NAMESPACE,
	/* Holds when any namespace in the bits of `value` is another than at exec. */
	SUBJECT_NAMESPACE_CHANGE,
	/* `slot` is an index into struct msg_capabilities; holds when any bit of `value` is set. */
	SUBJECT_CAPABILITY,
	/* Likewise, of the bits that differ from those at exec. */
	SUBJECT_CAPABILITY_CHANGE,
	/* Where the process runs: `value` is an index into policy_filters. */
	SUBJECT_WORKLOADS,
};

/* What of an argument is compared as a number. */
enum hook_view {
	VIEW_VALUE,
	VIEW_SADDR,
	VIEW_DADDR,
	VIEW_SPORT,
	VIEW_DPORT,
	VIEW_PROTOCOL,
	VIEW_FAMILY,
	VIEW_STATE,
	VIEW_FILE_TYPE,
};

enum hook_operator {
	/* Numbers `first` to `first + count` of the pool. */
	OPERATOR_EQUAL,
	/* Entries of hook_numbers under `key`. */
	OPERATOR_SET,
	/* Ranges `first` to `first + count` of the pool; GT and LT are ranges too. */
	OPERATOR_RANGE,
	/* Any bit of `value`. */
	OPERATOR_MASK,
	/* Texts in hook_texts under `key`; those that are too long for it are entries `first` to `first + count` of hook_long_texts. */
	OPERATOR_EXACT,
	OPERATOR_PREFIX,
	OPERATOR_POSTFIX,
	/* Entries `first` to `first + count` of hook_substrings. */
	OPERATOR_SUBSTRING,
	OPERATOR_SUBSTRING_FOLD,
	/* Entries of hook_addresses under `key`. */
	OPERATOR_SUBNET,
	/* Whether the set in `slot` has a capability that the one in `other` lacks. */
	OPERATOR_CAPABILITIES_GAINED,
	/* The operations `first` to `first + count` of the pool. */
	OPERATOR_CEL,
};

enum hook_filter_flags {
	/* Holds when the comparison does not. */
	FILTER_NOT = 0x1,
	/* Numbers are compared as signed. */
	FILTER_SIGNED = 0x2,
	/* Of pids and binaries: descendants match, too. */
	FILTER_FOLLOW = 0x4,
	/* Of capabilities: only processes outside of the host's user namespace. */
	FILTER_IN_NAMESPACE = 0x8,
	/* Some of the texts are in hook_long_texts. */
	FILTER_LONG_TEXTS = 0x10,
};

struct hook_filter {
	__u8 subject;
	__u8 operator;
	__u8 flags;
	__u8 view;
	__u8 slot;
	__u8 other;
	__u16 first;
	__u16 count;
	__u16 key;
	/* OPERATOR_POSTFIX: bytes of the longest text. */
	__u32 longest;
	/* Bits; SUBJECT_BINARY: the number of the set. */
	__u64 value;
};

/* Of the interface: what events say was done. */
enum hook_action_kind {
	ACTION_POST = 0,
	ACTION_FOLLOW_FD = 1,
	ACTION_SIGKILL = 2,
	ACTION_UNFOLLOW_FD = 3,
	ACTION_OVERRIDE = 4,
	ACTION_COPY_FD = 5,
	ACTION_GET_URL = 6,
	ACTION_DNS_LOOKUP = 7,
	ACTION_NO_POST = 8,
	ACTION_SIGNAL = 9,
	ACTION_TRACK_SOCK = 10,
	ACTION_UNTRACK_SOCK = 11,
	ACTION_NOTIFY_ENFORCER = 12,
	ACTION_CLEANUP_ENFORCER = 13,
	ACTION_SET = 14,
};

enum hook_action_flags {
	ACTION_KERNEL_STACK = 0x1,
	ACTION_USER_STACK = 0x2,
	ACTION_IMA_HASH = 0x4,
};

enum hook_rate_scope {
	RATE_SCOPE_THREAD,
	RATE_SCOPE_PROCESS,
	RATE_SCOPE_GLOBAL,
};

struct hook_action {
	__u8 kind;
	__u8 flags;
	__u8 slot;
	__u8 scope;
	__s32 error;
	__u32 signal;
	/* Of a rate limit; 0 is none. */
	__u32 seconds;
};

/* Where the parts of a selector lie in the pools. */
struct hook_selector {
	__u16 first_filter;
	__u16 filters;
	__u16 first_return_filter;
	__u16 return_filters;
	__u16 first_action;
	__u16 actions;
	__u16 first_return_action;
	__u16 return_actions;
};

struct hook_range {
	__u64 from;
	__u64 to;
};

/* Operations of an expression in postfix order, on 64-bit integers; a comparison yields 0 or 1. */
enum hook_cel_operation {
	CEL_LITERAL,
	CEL_ARGUMENT,
	CEL_NOT,
	CEL_NEGATE,
	CEL_BIT_NOT,
	CEL_INT32,
	CEL_UINT32,
	CEL_OR,
	CEL_AND,
	CEL_EQUAL,
	CEL_NOT_EQUAL,
	CEL_LESS,
	CEL_LESS_OR_EQUAL,
	CEL_GREATER,
	CEL_GREATER_OR_EQUAL,
	CEL_ADD,
	CEL_SUBTRACT,
	CEL_BIT_AND,
	CEL_BIT_OR,
	CEL_BIT_XOR,
};

struct hook_cel {
	__u32 operation;
	/* CEL_ARGUMENT: the slot. */
	__u32 slot;
	__s64 literal;
};

enum hook_flags {
	/* Parameters are those of the pt_regs that the function's first parameter points to. */
	HOOK_SYSCALL = 0x1,
	/* An event has two halves, of entry and return. */
	HOOK_RETURNS = 0x2,
	/* A filter or action looks at the entry of the process map. */
	HOOK_NEEDS_PROCESS = 0x4,
	/* Filters compare sockets' owners: sock arguments belong to whom TrackSock remembered. */
	HOOK_TRACKS_SOCKS = 0x8,
	/* The returned socket is remembered, or forgotten. */
	HOOK_TRACKS_RETURN = 0x10,
	HOOK_UNTRACKS_RETURN = 0x20,
	/* An action needs policy_conf: it enforces. */
	HOOK_ENFORCES = 0x40,
	/* Override is done by returning the error: fmod_ret and LSM programs. */
	HOOK_OVERRIDES_BY_RESULT = 0x80,
	/* An action asks for the hash of a file, which call->hash has by the time of the event. */
	HOOK_HASHES_FILES = 0x100,
};

struct hook_config {
	/* The agent's number of this hook, in every record of it. */
	__u32 hook;
	__u32 flags;
	__u8 op;
	__u8 arguments;
	__u8 selectors;
	__u8 pad[5];
	struct hook_argument argument[HOOK_SLOTS];
	struct hook_selector selector[HOOK_SELECTORS_MAX];
	struct hook_filter filter[HOOK_FILTERS_MAX];
	struct hook_action action[HOOK_ACTIONS_MAX];
	struct hook_range range[HOOK_RANGES_MAX];
	struct hook_cel cel[HOOK_CEL_MAX];
	__u64 number[HOOK_NUMBERS_MAX];
};

/*
 * The maps of a hook. Those that it has no use for are not created.
 *
 * hook_texts, LPM trie: exact texts end in a NUL, prefixes do not; postfixes are reversed. `key` keeps the filters apart.
 */
struct hook_text_key {
	__u32 bits;
	__u16 key;
	char text[HOOK_TEXT_KEY];
} __attribute__((packed));

/* hook_long_texts, array, of all filters that have any; `prefix` is 1 where the text may go on. */
struct hook_long_text {
	__u16 key;
	__u16 prefix;
	__u32 size;
	char text[HOOK_LONG_TEXT];
};

/* hook_substrings, array; in lower case for OPERATOR_SUBSTRING_FOLD. */
struct hook_substring {
	__u32 size;
	char text[HOOK_SUBSTRING];
};

/* hook_numbers, hash. */
struct hook_number_key {
	__u32 key;
	__u32 pad;
	__u64 value;
};

/* hook_addresses, LPM trie; addresses in network order, IPv4 in the first four bytes, the family behind the key. */
struct hook_address_key {
	__u32 bits;
	__u16 key;
	__u16 family;
	__u8 address[16];
};

/* hook_stats, per-CPU array with an element for each selector (one where there is none). */
struct hook_counters {
	__u64 post;
	__u64 signal;
	__u64 monitor_signal;
	__u64 override;
	__u64 monitor_override;
	__u64 notify_enforcer;
	__u64 monitor_notify_enforcer;
	__u64 set;
	__u64 monitor_set;
	__u64 nopost;
};

enum policy_mode {
	POLICY_ENFORCE,
	POLICY_MONITOR,
};

/* policy_conf, array of one element: one map for all hooks of a policy, written while they run. */
struct policy_conf {
	__u32 mode;
	__u32 pad;
};

#endif
