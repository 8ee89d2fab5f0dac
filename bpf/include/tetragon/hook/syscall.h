/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The caller of a system call and its parameters, for all families of programs. Of x86-64. */
#ifndef TETRAGON_HOOK_SYSCALL_H
#define TETRAGON_HOOK_SYSCALL_H

#include <tetragon/hook/record.h>
#include <tetragon/kernel.h>

/* Of thread_info.status: the kernel was entered by a 32-bit system call. */
#define TS_COMPAT 0x2

/* The registers with which the current task left user space. */
static __always_inline struct pt_regs *user_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

static __always_inline bool syscall_compat(void)
{
	return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT;
}

/*
 * A parameter of the system call that the current task is in. The pt_regs that the functions of system calls are given
 * are those with which the task left user space; here they can be loaded without a helper.
 */
static __always_inline __u64 syscall_parameter(__u32 index)
{
	struct pt_regs *regs = user_registers();

	if (syscall_compat()) {
		switch (index) {
		case 0:
			return (__u32)regs->bx;
		case 1:
			return (__u32)regs->cx;
		case 2:
			return (__u32)regs->dx;
		case 3:
			return (__u32)regs->si;
		case 4:
			return (__u32)regs->di;
		default:
			return (__u32)regs->bp;
		}
	}
	switch (index) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}

#endif
