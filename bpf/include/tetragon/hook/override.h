/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Override of functions of programs: sets registers of the caller. Kernels that do not let programs write them refuse a
 * program that reaches this, so no other action may lead here.
 */
#ifndef TETRAGON_HOOK_OVERRIDE_H
#define TETRAGON_HOOK_OVERRIDE_H

#include <tetragon/hook/fetch.h>
#include <tetragon/hook/registers.h>

/* Of the family: the address of the file that the hook sits at, counted like those of REGISTER_IN_FILE. */
static __always_inline __u64 hook_address_in_file(void *ctx);

/*
 * Whether another program has overridden the call: of another policy, or of one that an earlier agent left. The kernel runs
 * all of them first, and then looks where the call goes on. Where the file was loaded to is not known, but that a page of it
 * was loaded to a page.
 */
static __always_inline bool override_is_done(void *ctx)
{
	return (REGISTER(ctx, ip) - hook_address_in_file(ctx)) & (PAGE_SIZE - 1);
}

/* Computes what a register is set to, from registers that no override has changed yet. */
static __always_inline long override_value(void *ctx, const volatile struct hook_register *reg, __u64 *value)
{
	__u64 sum = reg->number;

	if (!(reg->flags & REGISTER_CONSTANT))
		sum += hook_field(ctx, reg->source, reg->width);
	if (reg->flags & REGISTER_IN_FILE)
		sum -= hook_address_in_file(ctx);
	*value = sum;
	return reg->flags & REGISTER_LOAD ? hook_load(sum, sizeof(sum), value) : 0;
}

/* Sets all registers of an override, or none when a value cannot be read. */
static __noinline long override_registers(void *ctx, __u32 first, __u32 count)
{
	__u64 value[HOOK_REGISTERS_SET];
	__u32 i;

	if (override_is_done(ctx))
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_REGISTERS_SET && i < count && first + i < HOOK_REGISTERS_MAX; i++) {
		if (override_value(ctx, &hook.reg[first + i], &value[i]))
			return -EFAULT;
	}
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_REGISTERS_SET && i < count && first + i < HOOK_REGISTERS_MAX; i++)
		function_set_register(ctx, hook.reg[first + i].target, value[i]);
	return 0;
}

#endif
