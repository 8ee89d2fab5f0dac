/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Calls that wait for their return, a small stack for each thread. Calls return in the reverse of their order, those of
 * interrupts on top of the thread included, so the call that returns is the topmost but for those whose return was missed.
 * A call is known again by its attachment and by where the kernel's stack was; nested calls of one function, which stacked
 * file systems make, are thereby told apart.
 */
#ifndef TETRAGON_HOOK_RETURNS_H
#define TETRAGON_HOOK_RETURNS_H

#include <tetragon/hook/fetch.h>
#include <tetragon/hook/thread.h>

/* Enough for functions of a list that call each other; a power of two. Families may have their own. */
#ifndef HOOK_FRAMES
#define HOOK_FRAMES 8
#endif

/* Each kernel stack of x86-64, of threads and of interrupts, lies within such a piece of its own. Likewise. */
#ifndef STACK_SHIFT
#define STACK_SHIFT 14
#endif

/* System calls have no place on the stack to be known by, but a thread is only in one. */
#define FRAME_OF_SYSCALL 0

struct hook_frame {
	__u64 place;
	__u64 call;
	__u64 pid_tgid;
	__u32 attachment;
	__u8 selector;
	__u8 action;
	/* The first half was sent, so the second must be. */
	__u8 posted;
	__u8 pad;
	struct hook_waiting waiting;
};

struct hook_frames {
	__u32 count;
	__u32 pad;
	struct hook_frame frame[HOOK_FRAMES];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hook_frames);
} hook_calls SEC(".maps");

static __always_inline struct hook_frames *hook_frames(__u64 flags)
{
	return thread_storage(&hook_calls, flags);
}

static __always_inline bool on_one_stack(__u64 one, __u64 other)
{
	return one >> STACK_SHIFT == other >> STACK_SHIFT;
}

/* Whether a call must be over when another one begins at `place`. */
static __always_inline bool frame_is_stale(const struct hook_frame *frame, __u64 place, __u32 attachment)
{
	struct task_struct___hook *task = (void *)bpf_get_current_task_btf();

	if (place == FRAME_OF_SYSCALL)
		return true;
	if (on_one_stack(frame->place, place))
		return frame->place < place || (frame->place == place && frame->attachment == attachment);
	/* The interrupt that it belonged to is over when the thread itself runs. */
	return on_one_stack((__u64)task->stack, place);
}

/* Puts the call aside for its return; call->post says whether its first half is being sent. Returns false if it cannot. */
static __noinline bool hook_push(void *ctx, struct hook_call *call)
{
	struct hook_frames *frames = hook_frames(BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 place = call->stack_place;
	struct hook_frame *frame;
	__u32 i, count;

	if (!frames)
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_FRAMES; i++) {
		count = frames->count;
		if (count == 0)
			break;
		if (!frame_is_stale(&frames->frame[(count - 1) & (HOOK_FRAMES - 1)], place, call->msg.attachment))
			break;
		frames->count = count - 1;
		hook_account(HOOK_RETURN_STALE);
	}
	count = frames->count;
	if (count >= HOOK_FRAMES)
		return false;
	/* The place is taken before it is filled: an interrupt in between takes the next one. */
	*(volatile __u32 *)&frames->count = count + 1;
	frame = &frames->frame[count & (HOOK_FRAMES - 1)];
	frame->place = place;
	frame->call = call->msg.call;
	frame->pid_tgid = hook_pid_tgid(call);
	frame->attachment = call->msg.attachment;
	frame->selector = call->msg.selector;
	frame->action = call->msg.action;
	frame->posted = call->post;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ARGUMENTS_MAX && i < hook.arguments; i++) {
		if (!hook_put_aside(i))
			continue;
		frame->waiting.value[i] = hook_source(ctx, i);
		frame->waiting.size[i] = hook_size(ctx, i);
	}
	return true;
}

/* The first half did not get into the ring: the second would belong to nothing. */
static __always_inline void hook_top_unposted(void)
{
	struct hook_frames *frames = hook_frames(0);

	if (frames && frames->count)
		frames->frame[(frames->count - 1) & (HOOK_FRAMES - 1)].posted = 0;
}

/* Whether any call of this thread waits: all that a return costs where no entry was of interest. */
static __always_inline bool hook_waits(void)
{
	struct hook_frames *frames = hook_frames(0);

	return frames && frames->count;
}

/* Finds the call that returns and restores what is known of it. Returns false if its entry was of no interest. */
static __noinline bool hook_pop(struct hook_call *call, __u32 attachment)
{
	struct hook_frames *frames = hook_frames(0);
	__u64 place = call->stack_place;
	struct hook_frame *frame;
	__u32 i, count;

	if (!frames)
		return false;
	count = frames->count;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_FRAMES; i++) {
		if (count == 0)
			return false;
		count--;
		frame = &frames->frame[count & (HOOK_FRAMES - 1)];
		if (frame->place == place && hook_same_attachment(frame->attachment, attachment))
			break;
	}
	if (i == HOOK_FRAMES)
		return false;
	call->msg.call = frame->call;
	call->msg.attachment = frame->attachment;
	call->msg.selector = frame->selector;
	call->msg.action = frame->action;
	call->pid_tgid = frame->pid_tgid;
	call->post = frame->posted;
	call->waiting = frame->waiting;
	/* Calls above it were missed. */
	for (; i > 0; i--)
		hook_account(HOOK_RETURN_STALE);
	frames->count = count;
	return true;
}

#endif
