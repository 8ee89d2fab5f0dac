/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a generic hook program knows of the call it looks at. Too large for the stack, so it lies in a shared scratch map. */
#ifndef TETRAGON_HOOK_CALL_H
#define TETRAGON_HOOK_CALL_H

#include <tetragon/hook/config.h>
#include <tetragon/hook/record.h>
#include <tetragon/maps.h>

/* The largest structure of a kind. */
#define HOOK_FIXED_MAX 128

/* Room in front of a text for the rest of a struct hook_text_key. */
#define HOOK_TEXT_ROOM 8

/* The last place where a text may begin. */
#define HOOK_TEXT_LAST (HOOK_AREA + HOOK_TEXT_ROOM)

/* The longest text of an argument, with its NUL. */
#define HOOK_TEXT_MAX 4096

/* Enough for HOOK_CEL_MAX operations, of which half are operands, when of two the one that needs more comes first. */
#define HOOK_CEL_DEPTH 8

/* Of a stack trace, innermost first. */
#define HOOK_STACK_DEPTH 127

/* An argument as it was read. */
struct hook_slot {
	/* 0, or the negative error with which reading failed. */
	__s32 status;
	/* The step of `resolve` that failed. */
	__u32 step;
	/* Bytes of `data`. */
	__u32 fixed;
	/* Where the text begins in the area, and its bytes without a NUL; HOOK_TEXT_ROOM bytes in front of it are free. */
	__u32 text;
	__u32 text_size;
	__u32 pad;
	/* The value that the kind's reader started from, steps done. */
	__u64 value;
	__u8 data[HOOK_FIXED_MAX];
};

/* What a call that waits for its return has left behind. */
struct hook_waiting {
	/* The parameters, and sizes, of arguments that are read at the return. */
	__u64 value[HOOK_ARGUMENTS_MAX];
	__u64 size[HOOK_ARGUMENTS_MAX];
};

/* What is known of the process; copied once, because filters of one call should not see different ones. */
struct hook_process {
	/* enum hook_process_state */
	__u32 state;
	__u32 nspid;
	struct process_key key;
	__u64 binary_sets[BINARY_SET_WORDS];
	__u64 parent_binary_sets[BINARY_SET_WORDS];
	__u64 inherited_sets[BINARY_SET_WORDS];
};

enum hook_process_state {
	HOOK_PROCESS_UNREAD,
	HOOK_PROCESS_KNOWN,
	HOOK_PROCESS_UNKNOWN,
};

struct hook_call {
	/* 1 while a program uses it. */
	__u32 busy;
	/* Bits of the slots that were read already. */
	__u32 read;
	/* Of the calls that had this place before: with the place's number, no two calls have the same number. */
	__u64 sequence;
	__u32 place;
	__u32 pad;
	/* Whom the call belongs to: current's, unless a socket's owner was remembered. */
	__u64 pid_tgid;
	/* Where the kernel's stack is. */
	__u64 stack_place;
	/* Whether an event is to be sent, with which stack traces (enum hook_action_flags). */
	__u32 post;
	__u32 stacks;
	/* What the program returns, where that overrides. */
	__s32 result;
	__u32 pad2;
	struct hook_process process;
	struct hook_waiting waiting;
	struct hook_slot slot[HOOK_SLOTS];
	/* OPERATOR_POSTFIX looks texts up in reverse. */
	struct hook_text_key reversed;
	__u32 pad3;
	__u64 cel[HOOK_CEL_DEPTH];
	/* HOOK_HASHES_FILES: of the file, or IMA_HASH_UNKNOWN. */
	struct msg_ima_hash hash;
	/*
	 * The record is put together where its parts are: each argument's head and structure go in front of the area, and its
	 * text moves down behind them.
	 */
	struct msg_generic msg;
	char parts[HOOK_SLOTS * (sizeof(struct msg_argument) + HOOK_FIXED_MAX)];
	/* A text that begins at HOOK_TEXT_LAST still fits, with what a word or a key of hook_texts reaches beyond it. */
	char area[HOOK_AREA + HOOK_TEXT_MAX + 512];
};

#endif
