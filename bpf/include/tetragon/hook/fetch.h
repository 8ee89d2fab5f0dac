/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From the context of a program to the value of an argument: where it comes from, the steps of `resolve`, its width. */
#ifndef TETRAGON_HOOK_FETCH_H
#define TETRAGON_HOOK_FETCH_H

#include <tetragon/hook/scratch.h>
#include <tetragon/hook/slot.h>
#include <tetragon/hook/syscall.h>

/*
 * What each family of programs knows of its contexts, defined in the object: a parameter of what is hooked, its result,
 * the registers that SOURCE_PT_REGS means, and which attachment was hit.
 */
static __always_inline __u64 hook_parameter(void *ctx, __u32 index);
static __always_inline __u64 hook_result(void *ctx);
static __always_inline void *hook_registers(void *ctx);
static __always_inline __u32 hook_attachment(void *ctx);
/* Whether the return with attachment `now` may be that of an entry with attachment `then`. */
static __always_inline bool hook_same_attachment(__u32 then, __u32 now);

/* Of the readers: fills call->slot[index] from a value. */
static __noinline int hook_read(void *ctx, struct hook_call *call, __u32 index, __u64 value, __u64 size);

/* Hides from the verifier, not from the compiler's eyes alone, that a value was a pointer. */
static __always_inline __u64 hook_scalar(struct hook_slot *slot, __u64 value)
{
	*(volatile __u64 *)&slot->value = value;
	return *(volatile __u64 *)&slot->value;
}

/* The lower `width` bytes of a value. */
static __always_inline __u64 hook_widen(__u64 value, __u32 width, bool is_signed)
{
	__u32 shift = (64 - 8 * width) & 63;

	value <<= shift;
	return is_signed ? (__u64)((__s64)value >> shift) : value >> shift;
}

/* `width` bytes, 1, 2, 4 or 8, of the kernel's memory or the process's. */
static __always_inline long hook_load(__u64 from, __u32 width, __u64 *value)
{
	*value = 0;
	return read_memory(value, width > 8 ? 8 : width, from);
}

static __always_inline __u64 hook_plain_parameter(void *ctx, __u32 index)
{
	if (hook.flags & HOOK_SYSCALL)
		return syscall_parameter(index);
	return hook_parameter(ctx, index);
}

#ifdef HOOK_PARAMETERS_IN_MEMORY
/*
 * Of families whose parameters may lie in the process's memory, where reading can fail: fill `value`, and change the
 * parameter. Both return 0 or a negative error.
 */
static __always_inline long hook_fetch_parameter(void *ctx, __u32 index, __u64 *value);
static __always_inline long hook_set_parameter(void *ctx, __u32 index, __u32 value);
#else
static __always_inline long hook_fetch_parameter(void *ctx, __u32 index, __u64 *value)
{
	*value = hook_plain_parameter(ctx, index);
	return 0;
}
#endif

static __always_inline __u64 hook_field(void *ctx, __u32 offset, __u32 width)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, width > 8 ? 8 : width, ctx + offset);
	return value;
}

/* The value from which an argument starts, before any step. */
static __always_inline __u64 hook_source(void *ctx, __u32 index)
{
	const volatile struct hook_argument *argument = &hook.argument[index];

	switch (argument->source) {
	case SOURCE_PARAMETER:
		return hook_plain_parameter(ctx, argument->index);
	case SOURCE_FIELD:
		/* The bytes themselves, which the record holds. */
		if (argument->kind == KIND_CONST_BUF || !argument->width)
			return (__u64)ctx + argument->offset;
		/* Steps begin at a pointer; the width is then that of what lies behind them. */
		return hook_field(ctx, argument->offset, argument->steps ? 8 : argument->width);
	case SOURCE_CURRENT_TASK:
		return bpf_get_current_task();
	case SOURCE_PT_REGS:
		return hook_field(hook_registers(ctx), argument->offset, 8);
	default:
		return hook_result(ctx);
	}
}

/* The parameter or field that says how large the argument is; 0 where there is none. */
static __always_inline __u64 hook_size(void *ctx, __u32 index)
{
	const volatile struct hook_argument *argument = &hook.argument[index];

	/* An array, whose size its type tells. */
	if (argument->kind == KIND_CHAR_BUF && argument->size)
		return argument->size;
	if (argument->source == SOURCE_FIELD)
		return argument->size_width ? hook_field(ctx, argument->size_offset, argument->size_width) : 0;
	if (argument->size_parameter == SIZE_PARAMETER_NONE)
		return 0;
	return hook_plain_parameter(ctx, argument->size_parameter);
}

/* Whether the value was put aside at the call's entry, because the parameters are gone by its return. */
static __always_inline bool hook_put_aside(__u32 index)
{
	return index < HOOK_ARGUMENTS_MAX && hook.argument[index].flags & ARGUMENT_AT_RETURN &&
	       hook.argument[index].source == SOURCE_PARAMETER;
}

/*
 * A buffer that the call filled holds as many bytes as it returned, if that is not an error; never more than it has room
 * for, where that is known.
 */
static __always_inline __u64 hook_filled(void *ctx, __u32 index, __u64 room)
{
	__s64 count = hook_result(ctx);

	if (count < 0)
		return 0;
	if (hook.argument[index].size_parameter != SIZE_PARAMETER_NONE && count > room)
		return room;
	return count;
}

/*
 * Reads an argument into its slot. The verifier knows `index` at each of the calls, so it walks this, and the reader behind
 * it, only as far as that argument's description leads.
 */
static __noinline int hook_argument(void *ctx, struct hook_call *call, __u32 index)
{
	const volatile struct hook_argument *argument = &hook.argument[index];
	struct hook_slot *slot = &call->slot[index];
	__u64 value, size;
	__u32 step;

	if (index >= HOOK_SLOTS)
		return 0;
	call->read |= 1 << index;
	slot->status = 0;
	slot->step = 0;
	slot->fixed = 0;
	slot->text_size = 0;
	if (hook_put_aside(index)) {
		value = call->waiting.value[index];
		size = hook_filled(ctx, index, call->waiting.size[index]);
	} else if (argument->source == SOURCE_PARAMETER) {
		long failed = hook_fetch_parameter(ctx, argument->index, &value);

		if (failed) {
			slot->status = failed;
			return 0;
		}
		size = hook_size(ctx, index);
	} else {
		value = hook_source(ctx, index);
		size = hook_size(ctx, index);
	}
	value = hook_scalar(slot, value);
	for (step = 0; step < HOOK_STEPS_MAX && step < argument->steps; step++) {
		value += argument->step[step].offset;
		if (argument->step[step].dereference && hook_load(value, 8, &value)) {
			slot->status = -EFAULT;
			slot->step = step;
			return 0;
		}
	}
	if (argument->flags & ARGUMENT_LOAD && hook_load(value, argument->width, &value)) {
		slot->status = -EFAULT;
		slot->step = step;
		return 0;
	}
	slot->value = value;
	if (argument->kind == KIND_INTEGER || argument->kind == KIND_NOP) {
		slot->fixed = sizeof(struct arg_number);
		*(__u64 *)slot->data = hook_widen(value, argument->width, argument->flags & ARGUMENT_SIGNED);
		return 0;
	}
	return hook_read(ctx, call, index, value, size);
}

/* Arguments are read when they are first needed, and once. */
static __always_inline void hook_need(void *ctx, struct hook_call *call, __u32 index)
{
	if (!(call->read & 1 << index))
		hook_argument(ctx, call, index);
}

#endif
