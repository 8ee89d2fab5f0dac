/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The generic hook engine, for all families of programs. An object includes this one header of it, defines what
 * fetch.h asks of a family, and has its programs call hook_enter() and hook_leave().
 */
#ifndef TETRAGON_HOOK_ENGINE_H
#define TETRAGON_HOOK_ENGINE_H

#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/hook/config.h>

/* Set before loading. */
const volatile struct hook_config hook = {};

#include <tetragon/hook/filter.h>
#include <tetragon/hook/post.h>
#include <tetragon/hook/readers.h>

static __always_inline void hook_begin_message(struct hook_call *call, __u32 attachment)
{
	struct hook_process *process = hook_process(call);

	call->msg.common.flags = process->state == HOOK_PROCESS_KNOWN ? 0 : MSG_PROCESS_NOT_FOUND;
	call->msg.process = process->key;
	call->msg.hook = hook.hook;
	call->msg.attachment = attachment;
	call->msg.tid = hook_pid_tgid(call);
	call->msg.pad = 0;
	call->msg.kernel_stack = 0;
	call->msg.user_stack = 0;
}

/* Looks at a call. Returns what an fmod_ret or LSM program returns. */
static __always_inline int hook_enter(void *ctx)
{
	struct hook_call *call = hook_take();
	int selector;

	if (!call)
		return 0;
	hook_find_owner(ctx, call);
	selector = hook_select(ctx, call);
	if (selector >= 0) {
		hook_begin_message(call, hook_attachment(ctx));
		call->msg.selector = selector;
		call->msg.action = ACTION_POST;
		call->msg.call = 0;
		hook_send(ctx, call, 0);
	}
	hook_give(call);
	return 0;
}

#endif
