/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System calls by the dispatcher's raw tracepoints: the links of its chains. */
#include <tetragon/hook/engine.h>
#include <tetragon/hook/dispatch.h>

DEFINE_OBJECT;

ABI_TYPE(struct, enforcer_conf);
ABI_TYPE(enum, enforcer_flags);

/* The dispatcher's. */
struct syscall_program_array syscall_programs SEC(".maps"), syscall_exit_programs SEC(".maps");

struct syscall_next_array syscall_next SEC(".maps"), syscall_exit_next SEC(".maps");

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	return syscall_parameter(index);
}

/* Of sys_exit: the second argument. */
static __always_inline __u64 hook_result(void *ctx)
{
	return ((__u64 *)ctx)[1];
}

static __always_inline void *hook_registers(void *ctx)
{
	return user_registers();
}

static __always_inline __u32 hook_attachment(void *ctx)
{
	return SYSCALL_INDEX(syscall_compat(), user_registers()->orig_ax);
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return syscall_same(then, now);
}

SEC("raw_tracepoint")
int hook_syscall_enter(void *ctx)
{
	hook_enter(ctx, FRAME_OF_SYSCALL, false);
	syscall_go_on(ctx, syscall_entered(ctx), &syscall_next, &syscall_programs);
	return 0;
}

/* For notices that were left outside of the enforcer's calls; within them the signal was sent with the notice. */
SEC("raw_tracepoint")
int enforcer_syscall(void *ctx)
{
	enforcer_signals();
	syscall_go_on(ctx, syscall_entered(ctx), &syscall_next, &syscall_programs);
	return 0;
}

SEC("raw_tracepoint")
int hook_syscall_exit(void *ctx)
{
	hook_leave(ctx, FRAME_OF_SYSCALL);
	syscall_go_on(ctx, syscall_left(ctx), &syscall_exit_next, &syscall_exit_programs);
	return 0;
}
