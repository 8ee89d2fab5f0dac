/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a thread's enforcers are to do in the system call that it is in. */
#ifndef TETRAGON_HOOK_NOTICE_H
#define TETRAGON_HOOK_NOTICE_H

#include <tetragon/hook/types.h>

struct enforcer_notice {
	/* The system call that it is for, see enforcer_call(); 0: the next one that the enforcer sees. */
	__u64 call;
	/* Negative, or 0: nothing is overridden. */
	__s32 error;
	/* 0: none is sent. */
	__u32 signal;
	/* Of the policy that left it, see struct enforcer_conf. */
	__u32 policy;
	__u32 pad;
};

/*
 * One for all policies: the first enforcer that overrides a call keeps those of other policies from running, and what they
 * were to do must not be left for the next call.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct enforcer_notice);
} enforcer_notices SEC(".maps");

#endif
