/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What travels from the generic hook programs to the agent. */
#ifndef TETRAGON_HOOK_RECORD_H
#define TETRAGON_HOOK_RECORD_H

#include <tetragon/abi.h>

/* Of msg_common.flags. */
enum msg_generic_flags {
	/*
	 * The second half of an event, of the return. With ACTION_NO_POST the return's filters or actions decided against the
	 * event: the first half is to be forgotten.
	 */
	MSG_RETURN = 0x1,
	MSG_KERNEL_STACK = 0x2,
	MSG_USER_STACK = 0x4,
	MSG_IMA_HASH = 0x8,
	MSG_PROCESS_NOT_FOUND = 0x10,
	MSG_ACTION_FAILED = 0x20,
	/* No return will follow: none of the places for calls that wait for theirs was free. */
	MSG_RETURN_LOST = 0x40,
	/* Not an event, but a struct msg_generic_data. */
	MSG_GENERIC_DATA = 0x80,
};

/*
 * Followed by `arguments` times struct msg_argument with its bytes, then the kernel stack, then the user stack, each of
 * 64-bit addresses, innermost first, then, with MSG_IMA_HASH, a struct msg_ima_hash. No gaps anywhere.
 */
struct msg_generic {
	struct msg_common common;
	struct process_key process;
	/* The number of the hook, and which of its attachments was hit: its cookie, or SYSCALL_INDEX(). */
	__u32 hook;
	__u32 attachment;
	/* The same in both halves of an event, and in its data records; 0 when there is but one half and no data. */
	__u64 call;
	__u32 tid;
	__u8 action;
	/* The selector that held; of those without any, 0. */
	__u8 selector;
	__u8 arguments;
	/* Of a first half: filters or actions of the return decide whether there is an event; else there is one without it, too. */
	__u8 return_decides;
	/* Bytes. */
	__u32 kernel_stack;
	__u32 user_stack;
};

/* Followed by `fixed` bytes of the kind's structure and `text` bytes. */
struct msg_argument {
	__u8 slot;
	__u8 kind;
	__u16 fixed;
	/* 0, or the negative error with which reading it failed; then nothing follows. */
	__s32 status;
	__u32 text;
	/* Step of `resolve` that failed. */
	__u32 step;
};

/* The longest digest that IMA has. */
#define IMA_DIGEST_MAX 64

/* Of msg_ima_hash.algorithm, in programs only: there is no hash. */
#define IMA_HASH_UNKNOWN 0xffffffff

struct msg_ima_hash {
	/* The kernel's enum hash_algo, which says how long the digest is. */
	__u32 algorithm;
	__u32 pad;
	__u8 digest[IMA_DIGEST_MAX];
};

/* A piece of an argument that travels before the record it belongs to; followed by `length` bytes. */
struct msg_generic_data {
	struct msg_common common;
	__u32 hook;
	__u32 slot;
	__u64 call;
	__u64 offset;
	__u32 length;
	__u32 tid;
};

#define SYSCALL_NUMBERS 512
/* How a system call is told apart from others, its calling convention included. */
#define SYSCALL_INDEX(compat, nr) (((compat) ? SYSCALL_NUMBERS : 0) + (nr))
/* Of KIND_SYSCALL: the caller is a 32-bit one. */
#define SYSCALL_COMPAT 0x80000000ULL

/* The structures of the kinds; what is not here has no fixed part, and its text only. */

/* KIND_INTEGER, KIND_SYSCALL, KIND_CAPABILITIES; sign-extended where the type is signed. */
struct arg_number {
	__u64 value;
};

/* KIND_CHAR_BUF, KIND_CHAR_IOVEC, KIND_IOV_ITER, KIND_CONST_BUF; the text is the bytes. */
struct arg_bytes {
	/* Bytes that the buffer has, however many of them travel. */
	__u64 original;
	/* Bytes that travelled in data records before; the text is then empty. */
	__u64 sent;
};

/* KIND_FILE, KIND_FD, KIND_KIOCB, KIND_PATH, KIND_DENTRY, KIND_LINUX_BINPRM; the text is the path from its root. */
struct arg_path {
	/* Type and permissions of the inode. */
	__u16 mode;
	/* 1 when the root was not reached: the beginning of the path is missing. */
	__u8 incomplete;
	__u8 pad[5];
};

/* KIND_SOCK, KIND_SOCKET; addresses are in network order, IPv4 in the first word; ports in host order. */
struct arg_sock {
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u8 state;
	__u8 pad;
	__u32 mark;
	__u32 priority;
	__u32 saddr[4];
	__u32 daddr[4];
	__u16 sport;
	__u16 dport;
	__u32 pad2;
	/* Address of the socket. */
	__u64 cookie;
};

/* KIND_SKB; likewise. */
struct arg_skb {
	__u16 family;
	__u16 protocol;
	__u32 hash;
	__u32 len;
	__u32 mark;
	__u32 priority;
	__u32 saddr[4];
	__u32 daddr[4];
	__u16 sport;
	__u16 dport;
	__u32 sec_path_len;
	__u32 sec_path_olen;
};

/* KIND_SOCKADDR; likewise. */
struct arg_sockaddr {
	__u16 family;
	__u16 port;
	__u32 addr[4];
};

/* KIND_SOCKADDR_UN; the text is the path, of abstract names without the leading NUL. */
struct arg_sockaddr_un {
	__u16 family;
	__u8 is_abstract;
	__u8 pad[5];
};

/* KIND_CRED. */
struct arg_cred {
	struct msg_cred cred;
	__s32 userns_level;
	__u32 userns_uid;
	__u32 userns_gid;
	__u32 userns_inum;
};

/* KIND_USER_NAMESPACE. */
struct arg_user_namespace {
	__s32 level;
	__u32 uid;
	__u32 gid;
	__u32 inum;
};

/* KIND_BPF_ATTR, KIND_BPF_PROG. */
struct arg_bpf_program {
	__u32 type;
	__u32 instructions;
	char name[16];
};

/* KIND_BPF_MAP. */
struct arg_bpf_map {
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	char name[16];
};

/* KIND_PERF_EVENT; the text is the probed function. */
struct arg_perf_event {
	__u32 type;
	__u32 pad;
	__u64 config;
	__u64 probe_offset;
};

/* KIND_MODULE, KIND_LOAD_INFO; the text is the module's name. */
struct arg_module {
	__u64 taints;
	/* KIND_LOAD_INFO: 1 when the signature was checked and is good; else 0. */
	__u32 signature_ok;
	__u32 pad;
};

#endif
