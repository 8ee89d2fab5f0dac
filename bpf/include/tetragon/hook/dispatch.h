/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * System calls without a probe on each: one program at sys_enter, one at sys_exit, for all hooks of all policies. A table
 * has, for each call, the position of the first program of a chain in a program array; every program knows its successors:
 *
 *	syscall_table[index] = 3 ----> syscall_programs[2], whose syscall_next[index] = 8 ----> syscall_programs[7] ...
 *
 * 0 ends a chain. The kernel follows at most SYSCALL_CHAIN_MAX links.
 */
#ifndef TETRAGON_HOOK_DISPATCH_H
#define TETRAGON_HOOK_DISPATCH_H

#include <tetragon/hook/record.h>
#include <tetragon/hook/syscall.h>
#include <tetragon/hook/types.h>

#define SYSCALL_INDICES (2 * SYSCALL_NUMBERS)

/* The kernel's MAX_TAIL_CALL_CNT. */
#define SYSCALL_CHAIN_MAX 33

/* The programs of all policies; the agent makes it larger if need be. */
#define SYSCALL_PROGRAMS 1024

/* The key is a SYSCALL_INDEX(). */
struct syscall_heads {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALL_INDICES);
	__type(key, __u32);
	__type(value, __u16);
};

struct syscall_program_array {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, SYSCALL_PROGRAMS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
};

struct syscall_links {
	__u16 next[SYSCALL_INDICES];
};

/* What a program of a chain has for itself. */
struct syscall_next_array {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct syscall_links);
};

/* Numbers of system calls that replace the program; a 32-bit caller's, too. */
#define NR_EXECVE 59
#define NR_EXECVEAT 322
#define NR_COMPAT_EXECVE 11
#define NR_COMPAT_EXECVEAT 358

/* The number of the call, from the parameters of the tracepoint. */
static __always_inline __u64 syscall_entered(const __u64 *ctx)
{
	return ctx[1];
}

/*
 * Likewise at the exit, where it is in the registers only: out of range when the task did not come by a system call. Reading
 * them takes half as long as having them given.
 */
static __always_inline __u64 syscall_left(const __u64 *ctx)
{
	const struct pt_regs *regs = (const struct pt_regs *)ctx[0];
	__u64 nr = SYSCALL_NUMBERS;

	bpf_probe_read_kernel(&nr, sizeof(nr), &regs->orig_ax);
	return nr;
}

static __always_inline bool syscall_is_exec(__u32 index)
{
	return index == SYSCALL_INDEX(0, NR_EXECVE) || index == SYSCALL_INDEX(0, NR_EXECVEAT) ||
	       index == SYSCALL_INDEX(1, NR_COMPAT_EXECVE) || index == SYSCALL_INDEX(1, NR_COMPAT_EXECVEAT);
}

/* An exec that succeeds returns as the execve of the new program's calling convention, whatever it was called as. */
static __always_inline bool syscall_same(__u32 entered, __u32 left)
{
	return entered == left || (syscall_is_exec(entered) && syscall_is_exec(left));
}

/*
 * A program is taken out of its chains first and out of the array then. Who read its place before finds it empty, and by then
 * the chain as it is without it.
 */
#define SYSCALL_TRIES 3

static __always_inline __u16 syscall_head(void *table, __u32 index)
{
	volatile __u16 *head = bpf_map_lookup_elem(table, &index);

	return head ? *head : 0;
}

/* Whether the caller is a 32-bit one is asked only of calls that any hook is interested in. */
static __always_inline void syscall_dispatch(void *ctx, __u64 nr, void *table, void *programs)
{
	__u16 head, compat_head;
	__u32 i;

	if (nr >= SYSCALL_NUMBERS)
		return;
	head = syscall_head(table, SYSCALL_INDEX(0, nr));
	compat_head = syscall_head(table, SYSCALL_INDEX(1, nr));
	if (!(head | compat_head))
		return;
	if (syscall_compat()) {
		nr += SYSCALL_NUMBERS;
		head = compat_head;
	}
#pragma clang loop unroll(disable)
	for (i = 0; i < SYSCALL_TRIES && head; i++) {
		bpf_tail_call(ctx, programs, head - 1);
		head = syscall_head(table, nr);
	}
}

/* The last thing that a program of a chain does. */
static __always_inline void syscall_go_on(void *ctx, __u64 nr, void *links, void *programs)
{
	__u32 zero = 0, next, i;
	struct syscall_links *own = bpf_map_lookup_elem(links, &zero);
	__u64 index = SYSCALL_INDEX(syscall_compat(), nr);

	if (!own || index >= SYSCALL_INDICES)
		return;
#pragma clang loop unroll(disable)
	for (i = 0; i < SYSCALL_TRIES; i++) {
		next = *(volatile __u16 *)&own->next[index];
		if (!next)
			return;
		bpf_tail_call(ctx, programs, next - 1);
	}
}

#endif
