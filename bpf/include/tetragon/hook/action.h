/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a policy has done when a selector holds. */
#ifndef TETRAGON_HOOK_ACTION_H
#define TETRAGON_HOOK_ACTION_H

#include <tetragon/hook/enforcer.h>
#include <tetragon/hook/rate.h>
#ifdef HOOK_OVERRIDES_BY_REGISTERS
#include <tetragon/hook/override.h>
#endif

#define SIGKILL 9

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_counters);
} hook_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct policy_conf);
} policy_conf SEC(".maps");

static __always_inline struct hook_counters *hook_counters(__u32 selector)
{
	/* A copy in memory, of which the verifier loses the value; it must not be the only one. */
	barrier_var(selector);
	return bpf_map_lookup_elem(&hook_stats, &selector);
}

static __always_inline bool policy_only_monitors(void)
{
	__u32 zero = 0;
	struct policy_conf *conf;

	if (!(hook.flags & HOOK_ENFORCES))
		return false;
	conf = bpf_map_lookup_elem(&policy_conf, &zero);
	return conf && conf->mode == POLICY_MONITOR;
}

/* Atomic although the counters are one processor's: programs of trampolines are preempted by others of the same hook. */
static __always_inline void count_action(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static __always_inline void action_done(struct hook_call *call, long failed)
{
	if (!failed)
		return;
	call->msg.common.flags |= MSG_ACTION_FAILED;
	hook_account(HOOK_ACTION_FAILED);
}

static __always_inline void act_signal(struct hook_call *call, struct hook_counters *stats, __u32 signal)
{
	if (policy_only_monitors()) {
		count_action(&stats->monitor_signal);
		return;
	}
	count_action(&stats->signal);
	action_done(call, bpf_send_signal(signal));
}

/* `overrides`: whether the program may call bpf_override_return(), which kernels without it refuse to load. */
static __always_inline void act_override(void *ctx, struct hook_call *call, struct hook_counters *stats,
					 const volatile struct hook_action *action, const bool overrides)
{
	if (policy_only_monitors()) {
		count_action(&stats->monitor_override);
		return;
	}
	count_action(&stats->override);
#ifdef HOOK_OVERRIDES_BY_REGISTERS
	action_done(call, override_registers(ctx, action->first_register, action->registers));
#else
	if (hook.flags & HOOK_OVERRIDES_BY_RESULT)
		call->result = action->error;
	else if (overrides)
		action_done(call, bpf_override_return(ctx, (__s64)action->error));
	else
		action_done(call, -EINVAL);
#endif
}

static __always_inline void act_notify_enforcer(struct hook_call *call, struct hook_counters *stats,
						const volatile struct hook_action *action)
{
	if (policy_only_monitors()) {
		count_action(&stats->monitor_notify_enforcer);
		return;
	}
	count_action(&stats->notify_enforcer);
	action_done(call, enforcer_notify(action->error, action->signal));
}

static __always_inline void act_track_sock(void *ctx, struct hook_call *call, __u32 slot, bool track)
{
	struct sock_owner owner = { .pid_tgid = bpf_get_current_pid_tgid() };
	__u64 sock;

	if (slot >= HOOK_SLOTS)
		return;
	hook_need(ctx, call, slot);
	sock = sock_address(&call->slot[slot]);
	if (sock == 0)
		action_done(call, -EINVAL);
	else if (track)
		action_done(call, bpf_map_update_elem(&policy_socks, &sock, &owner, BPF_ANY));
	else
		bpf_map_delete_elem(&policy_socks, &sock);
}

static __always_inline void act_set(void *ctx, struct hook_call *call, struct hook_counters *stats, __u32 slot, __u32 value)
{
#ifdef HOOK_PARAMETERS_IN_MEMORY
	if (slot >= HOOK_SLOTS)
		return;
	/* The event shows what was there. */
	hook_need(ctx, call, slot);
	if (policy_only_monitors()) {
		count_action(&stats->monitor_set);
		return;
	}
	count_action(&stats->set);
	action_done(call, hook_set_parameter(ctx, hook.argument[slot].index, value));
#endif
}

/*
 * Does the actions `first` to `first + count`. Afterwards call->post says whether an event is sent, call->stacks which
 * stack traces it has.
 */
static __always_inline void hook_act(void *ctx, struct hook_call *call, struct hook_counters *stats, __u32 first,
				     __u32 count, const bool overrides)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ACTIONS_MAX && i < count && first + i < HOOK_ACTIONS_MAX; i++) {
		const volatile struct hook_action *action = &hook.action[first + i];

		call->msg.action = action->kind;
		call->stacks |= action->flags;
		if (action->seconds && !rate_allows(call, first + i))
			call->post = 0;
		switch (action->kind) {
		case ACTION_NO_POST:
			count_action(&stats->nopost);
			call->post = 0;
			break;
		case ACTION_SIGKILL:
			act_signal(call, stats, SIGKILL);
			break;
		case ACTION_SIGNAL:
			act_signal(call, stats, action->signal);
			break;
		case ACTION_OVERRIDE:
			act_override(ctx, call, stats, action, overrides);
			break;
		case ACTION_NOTIFY_ENFORCER:
			act_notify_enforcer(call, stats, action);
			break;
		case ACTION_CLEANUP_ENFORCER:
			enforcer_forget();
			break;
		case ACTION_TRACK_SOCK:
		case ACTION_UNTRACK_SOCK:
			act_track_sock(ctx, call, action->slot, action->kind == ACTION_TRACK_SOCK);
			break;
		case ACTION_SET:
			act_set(ctx, call, stats, action->slot, action->error);
			break;
		default:
			/* The others are done by the agent when the event arrives, or are no more. */
			break;
		}
	}
}

#endif
