/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Functions of programs and libraries by uprobe, uretprobe and their multi variants, for which the same programs are loaded
 * with another attach type.
 */

/* Functions of programs call themselves more deeply than the kernel's do. */
#define HOOK_FRAMES 32
/* A thread's stack in user space is 8 MiB, if it is not limited otherwise. */
#define STACK_SHIFT 23

#define HOOK_OVERRIDES_BY_REGISTERS

#include <tetragon/hook/engine.h>
#include <tetragon/hook/registers.h>

DEFINE_OBJECT;

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	return function_parameter(ctx, index);
}

static __always_inline __u64 hook_result(void *ctx)
{
	return function_result(ctx);
}

static __always_inline void *hook_registers(void *ctx)
{
	return ctx;
}

/* The lower half of a cookie is the number of the attachment, the upper half its address in the file. */
static __always_inline __u32 hook_attachment(void *ctx)
{
	return bpf_get_attach_cookie(ctx);
}

static __always_inline __u64 hook_address_in_file(void *ctx)
{
	return bpf_get_attach_cookie(ctx) >> 32;
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return then == now;
}

SEC("uprobe")
int hook_entry(void *ctx)
{
	hook_enter(ctx, function_entry_place(ctx), false);
	return 0;
}

/* Whether an argument is text or bytes of the program's memory, read at the call's entry. */
static __always_inline bool is_text(const volatile struct hook_argument *argument)
{
	if (argument->source != SOURCE_PARAMETER || argument->steps || argument->flags & ARGUMENT_AT_RETURN)
		return false;
	switch (argument->kind) {
	case KIND_STRING:
	case KIND_CHAR_BUF:
	case KIND_SOCKADDR:
	case KIND_SOCKADDR_UN:
		return true;
	default:
		return false;
	}
}

/*
 * Brings in pages that the program itself has not touched yet, which the engine could not read, so that a text in one would
 * pass every filter. Attached last, and therefore run before the others of its place. As far as a text of usual size
 * reaches; what has another size, or lies behind pointers, may still be missing.
 */
SEC("uprobe.s")
int hook_touch(void *ctx)
{
	__u64 address;
	__u32 i;
	char byte;

	if (!policy_filter_selects(0))
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_ARGUMENTS_MAX && i < hook.arguments; i++) {
		if (!is_text(&hook.argument[i]))
			continue;
		address = function_parameter(ctx, hook.argument[i].index);
		bpf_copy_from_user(&byte, sizeof(byte), (void *)address);
		bpf_copy_from_user(&byte, sizeof(byte), (void *)(address + HOOK_TEXT_MAX - 1));
	}
	return 0;
}

SEC("uretprobe")
int hook_return(void *ctx)
{
	hook_leave(ctx, function_return_place(ctx));
	return 0;
}
