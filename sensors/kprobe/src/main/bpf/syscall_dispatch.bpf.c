/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Finds the hooks of a system call, where kernels have no probes for it or a policy names most of them. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/hook/dispatch.h>

DEFINE_OBJECT;

struct syscall_heads syscall_table SEC(".maps"), syscall_exit_table SEC(".maps");
struct syscall_program_array syscall_programs SEC(".maps"), syscall_exit_programs SEC(".maps");

SEC("raw_tracepoint/sys_enter")
int syscall_enter(__u64 *ctx)
{
	syscall_dispatch(ctx, syscall_entered(ctx), &syscall_table, &syscall_programs);
	return 0;
}

SEC("raw_tracepoint/sys_exit")
int syscall_exit(__u64 *ctx)
{
	syscall_dispatch(ctx, syscall_left(ctx), &syscall_exit_table, &syscall_exit_programs);
	return 0;
}
