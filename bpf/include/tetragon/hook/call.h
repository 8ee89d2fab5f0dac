/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a generic hook program knows of the call it looks at. Too large for the stack, so it lies in a shared scratch map. */
#ifndef TETRAGON_HOOK_CALL_H
#define TETRAGON_HOOK_CALL_H

#include <tetragon/hook/config.h>
#include <tetragon/hook/record.h>

/* The largest structure of a kind. */
#define HOOK_FIXED_MAX 128

/* Room in front of a text for the rest of a struct hook_text_key. */
#define HOOK_TEXT_ROOM 8

/* The longest text of an argument, with its NUL. */
#define HOOK_TEXT_MAX 4096

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

struct hook_call {
	struct msg_generic msg;
	/* Bits of the slots that were read already. */
	__u32 read;
	__u32 pad;
	struct hook_slot slot[HOOK_SLOTS];
	/* Texts begin below HOOK_AREA; one that begins there still fits, as does a key of hook_texts. */
	char area[HOOK_AREA + HOOK_TEXT_MAX + 512];
};

#endif
