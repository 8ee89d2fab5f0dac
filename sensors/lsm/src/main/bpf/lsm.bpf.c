/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * LSM hooks, whose results decide. Targets are set at loading.
 *
 * The kernel runs the programs of a hook one behind the other, the one that was attached last first, until one refuses:
 * those behind it are not run. They see the call nevertheless, by hook_refused, an fexit program, for which it does not
 * matter what the others said.
 *
 * A file's hash is computed by a sleepable program, which may not look at all of a hook's maps. Where a policy asks for one,
 * three programs stand in for hook_lsm: hook_order finds the selector and leaves word with the thread, hook_hash computes,
 * hook_report acts and sends. What is not to be hashed is done with in the first.
 */
#include <tetragon/hook/single.h>

#define S_IFMT 0170000
#define S_IFREG 0100000

#define EPERM 1
#define MAX_ERRNO 4095

DEFINE_OBJECT;

/* Where the file to hash is: which parameter, and whether that is a struct linux_binprm which has it. */
const volatile __u32 file_parameter = 0;
const volatile __u32 file_of_program = 0;

/* Where ima_collect_measurement() lies in memory, of hooks that it leads to; else 0. */
const volatile __u64 collecting_from = 0;
const volatile __u64 collecting_to = 0;

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, index, &value);
	return value;
}

static __always_inline void *hook_registers(void *ctx)
{
	return user_registers();
}

enum lsm_step {
	/* Of no call. */
	LSM_NONE,
	/* A selector holds that asks for a hash. */
	LSM_ORDERED,
	/* The kernel reads the file, and may open it for that: such calls are not the thread's doing. */
	LSM_HASHING,
	LSM_HASHED,
	/* Its actions are done. */
	LSM_REPORTED,
};

/* What the programs of a call tell each other. */
struct lsm_call {
	/* The trampoline keeps the parameters in its own stack frame: all programs of a call see them at one address. */
	__u64 place;
	__u32 step;
	__u32 selector;
	struct msg_ima_hash hash;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lsm_call);
} lsm_calls SEC(".maps");

static __always_inline struct lsm_call *lsm_thread(__u64 flags)
{
	return thread_storage(&lsm_calls, flags);
}

/*
 * Threads that have a note. Mostly there is none, and no program needs to look for its own, which would cost each call as
 * much as filtering it.
 */
__u32 notes = 0;

/* A thread without memory for it reports a call that others refuse twice. */
static __always_inline struct lsm_call *lsm_note(void *ctx, __u32 step)
{
	struct lsm_call *noted = lsm_thread(BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!noted)
		return NULL;
	if (noted->step == LSM_NONE)
		__sync_fetch_and_add(&notes, 1);
	noted->place = (__u64)ctx;
	noted->step = step;
	return noted;
}

/* Returns what the thread noted, of whatever call; NULL if nothing. */
static __always_inline struct lsm_call *lsm_noted(void)
{
	struct lsm_call *noted;

	if (!*(volatile __u32 *)&notes)
		return NULL;
	noted = lsm_thread(0);
	return noted && noted->step != LSM_NONE ? noted : NULL;
}

static __always_inline void lsm_forget(struct lsm_call *noted)
{
	noted->step = LSM_NONE;
	__sync_fetch_and_add(&notes, -1);
}

static __always_inline bool lsm_hashes(__u32 selector)
{
	__u32 first = hook.selector[selector].first_action, i;

	if (!(hook.flags & HOOK_HASHES_FILES))
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ACTIONS_MAX && i < hook.selector[selector].actions && first + i < HOOK_ACTIONS_MAX; i++) {
		if (hook.action[first + i].flags & ACTION_IMA_HASH)
			return true;
	}
	return false;
}

/* How far up the stack IMA is when it opens a file. */
#define IMA_FRAMES 24

/*
 * IMA, when it measures a file that was opened for writing alone, opens it again to read it, and meanwhile holds a lock that
 * hashing would wait for: forever.
 */
static __always_inline bool lsm_within_ima(void *ctx, struct hook_call *call)
{
	/* Not needed before there is a record. */
	__u64 *frame = (__u64 *)call->parts;
	long bytes;
	__u32 i;

	if (!collecting_to)
		return false;
	bytes = bpf_get_stack(ctx, frame, IMA_FRAMES * sizeof(*frame), 0);
#pragma clang loop unroll(disable)
	for (i = 0; i < IMA_FRAMES && (long)(i * sizeof(*frame)) < bytes; i++) {
		if (frame[i] >= collecting_from && frame[i] < collecting_to)
			return true;
	}
	return false;
}

/* Whether the rest is left to hook_report. */
static __always_inline bool lsm_order(void *ctx, struct hook_call *call, __u32 selector)
{
	struct lsm_call *noted;

	if (!lsm_hashes(selector))
		return false;
	noted = lsm_within_ima(ctx, call) ? NULL : lsm_note(ctx, LSM_ORDERED);
	if (!noted) {
		hook_account(HOOK_HASH_UNKNOWN);
		return false;
	}
	noted->selector = selector;
	return true;
}

/*
 * What the hook returns: the error of an Override, which is told here only to lie where the kernel wants it. Not all hooks
 * may return errors, so where there is no Override the verifier is to see that none is returned.
 */
static __always_inline int lsm_verdict(__s32 result)
{
	if (!(hook.flags & HOOK_OVERRIDES_BY_RESULT))
		return 0;
	if (result > 0 || result < -MAX_ERRNO)
		return -EPERM;
	return result;
}

/* Looks at a call. Returns what the program returns; of a call that has been refused nobody wants it. */
static __always_inline int lsm_enter(void *ctx, const bool orders)
{
	struct hook_call *call = hook_begin(ctx);
	int selector, result;

	if (!call)
		return 0;
	selector = hook_select(ctx, call);
	if (selector >= 0 && !(orders && lsm_order(ctx, call, selector))) {
		call->hash.algorithm = IMA_HASH_UNKNOWN;
		hook_held(ctx, call, selector, false);
		lsm_note(ctx, LSM_REPORTED);
	}
	result = call->result;
	hook_give(call);
	return lsm_verdict(result);
}

/* Does what hook_order left. */
static __always_inline int lsm_report(void *ctx, struct lsm_call *noted)
{
	struct hook_call *call = hook_take();
	int result;
	__u32 i;

	if (!call) {
		/* Counted as not looked at; nor may a later call be taken for it. */
		noted->step = LSM_REPORTED;
		return 0;
	}
	call->result = 0;
	call->hash = noted->hash;
	if (noted->step != LSM_HASHED) {
		call->hash.algorithm = IMA_HASH_UNKNOWN;
		hook_account(HOOK_HASH_UNKNOWN);
	}
	hook_find_owner(ctx, call);
	/* The verifier is to know which selector it is. */
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SELECTORS_MAX; i++) {
		if (i > 0 && i >= hook.selectors)
			break;
		if (i == noted->selector) {
			hook_held(ctx, call, i, false);
			break;
		}
	}
	noted->step = LSM_REPORTED;
	result = call->result;
	hook_give(call);
	return lsm_verdict(result);
}

static __always_inline bool lsm_ordered(void *ctx, const struct lsm_call *noted)
{
	return noted && noted->place == (__u64)ctx && (noted->step == LSM_ORDERED || noted->step == LSM_HASHED);
}

SEC("lsm")
int hook_lsm(void *ctx)
{
	return lsm_enter(ctx, false);
}

SEC("lsm")
int hook_order(void *ctx)
{
	struct lsm_call *noted = lsm_noted();

	if (noted && noted->step == LSM_HASHING)
		return 0;
	return lsm_enter(ctx, true);
}

/* A load at a fixed place, so that the verifier knows the type of what is loaded. */
#define PARAMETER(ctx, index)                                                                                          \
	({                                                                                                             \
		void *value_;                                                                                          \
                                                                                                                       \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value_) : "r"(ctx), "i"((index) * sizeof(__u64)));         \
		value_;                                                                                                \
	})

static __always_inline void *lsm_typed(void *ctx)
{
	switch (file_parameter) {
	case 0:
		return PARAMETER(ctx, 0);
	case 1:
		return PARAMETER(ctx, 1);
	case 2:
		return PARAMETER(ctx, 2);
	case 3:
		return PARAMETER(ctx, 3);
	default:
		return PARAMETER(ctx, 4);
	}
}

/* Only regular files have contents that stay; reading another may block, or be noticed. */
static __always_inline bool lsm_has_contents(void *ctx)
{
	__u64 file = hook_parameter(ctx, file_parameter), inode;

	if (file && file_of_program)
		file = (__u64)BPF_CORE_READ((struct linux_binprm *)file, file);
	if (!file)
		return false;
	inode = (__u64)BPF_CORE_READ((struct file *)file, f_inode);
	return (BPF_CORE_READ((struct inode *)inode, i_mode) & S_IFMT) == S_IFREG;
}

SEC("lsm.s")
int hook_hash(void *ctx)
{
	struct lsm_call *noted = lsm_noted();
	void *file;
	long algorithm;

	if (!lsm_ordered(ctx, noted) || !lsm_has_contents(ctx))
		return 0;
	file = lsm_typed(ctx);
	if (!file)
		return 0;
	if (file_of_program) {
		file = ((struct linux_binprm *)file)->file;
		if (!file)
			return 0;
	}
	noted->step = LSM_HASHING;
	algorithm = bpf_ima_file_hash(file, noted->hash.digest, sizeof(noted->hash.digest));
	noted->hash.algorithm = algorithm;
	noted->step = algorithm < 0 ? LSM_ORDERED : LSM_HASHED;
	return 0;
}

SEC("lsm")
int hook_report(void *ctx)
{
	struct lsm_call *noted = lsm_noted();

	if (!lsm_ordered(ctx, noted))
		return 0;
	return lsm_report(ctx, noted);
}

SEC("fexit")
int hook_refused(void *ctx)
{
	struct lsm_call *noted = lsm_noted();
	__u64 result = 0;

	if (noted) {
		bool here = noted->place == (__u64)ctx;

		if (noted->step == LSM_HASHING)
			return 0;
		if (lsm_ordered(ctx, noted))
			lsm_report(ctx, noted);
		lsm_forget(noted);
		if (here)
			return 0;
	}
	bpf_get_func_ret(ctx, &result);
	if ((__s32)result == 0)
		return 0;
	lsm_enter(ctx, false);
	noted = lsm_noted();
	if (noted)
		lsm_forget(noted);
	return 0;
}
