/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Expressions over arguments: a machine with a stack, which the verifier runs through once with all its places known. */
#ifndef TETRAGON_HOOK_EXPRESSION_H
#define TETRAGON_HOOK_EXPRESSION_H

#include <tetragon/hook/fetch.h>

static __always_inline __s64 cel_unary(__u32 operation, __s64 value)
{
	switch (operation) {
	case CEL_NOT:
		return !value;
	case CEL_NEGATE:
		return -value;
	case CEL_BIT_NOT:
		return ~value;
	case CEL_INT32:
		return (__s32)value;
	default:
		return (__u32)value;
	}
}

static __always_inline __s64 cel_binary(__u32 operation, __s64 left, __s64 right)
{
	switch (operation) {
	case CEL_OR:
		return left || right;
	case CEL_AND:
		return left && right;
	case CEL_EQUAL:
		return left == right;
	case CEL_NOT_EQUAL:
		return left != right;
	case CEL_LESS:
		return left < right;
	case CEL_LESS_OR_EQUAL:
		return left <= right;
	case CEL_GREATER:
		return left > right;
	case CEL_GREATER_OR_EQUAL:
		return left >= right;
	case CEL_ADD:
		return left + right;
	case CEL_SUBTRACT:
		return left - right;
	case CEL_BIT_AND:
		return left & right;
	case CEL_BIT_OR:
		return left | right;
	default:
		return left ^ right;
	}
}

/* Reads the arguments of an expression. */
static __always_inline void cel_read(void *ctx, struct hook_call *call, __u32 first, __u32 count)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_CEL_MAX && i < count && first + i < HOOK_CEL_MAX; i++) {
		if (hook.cel[first + i].operation == CEL_ARGUMENT && hook.cel[first + i].slot < HOOK_SLOTS)
			hook_need(ctx, call, hook.cel[first + i].slot);
	}
}

/* Returns whether the expression holds: negative if an argument of it could not be read. */
static __noinline int cel_holds(struct hook_call *call, __u32 first, __u32 count)
{
	__u64 top = 0;
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_CEL_MAX && i < count && first + i < HOOK_CEL_MAX; i++) {
		__u32 operation = hook.cel[first + i].operation, slot;

		if (operation == CEL_LITERAL) {
			call->cel[top++ & (HOOK_CEL_DEPTH - 1)] = hook.cel[first + i].literal;
		} else if (operation == CEL_ARGUMENT) {
			slot = hook.cel[first + i].slot;
			if (slot >= HOOK_SLOTS)
				return -EINVAL;
			if (call->slot[slot].status)
				return call->slot[slot].status;
			call->cel[top++ & (HOOK_CEL_DEPTH - 1)] = *(__u64 *)call->slot[slot].data;
		} else if (operation <= CEL_UINT32) {
			__u64 *value = &call->cel[(top - 1) & (HOOK_CEL_DEPTH - 1)];

			*value = cel_unary(operation, *value);
		} else {
			__u64 *left = &call->cel[(top - 2) & (HOOK_CEL_DEPTH - 1)];

			*left = cel_binary(operation, *left, call->cel[(top - 1) & (HOOK_CEL_DEPTH - 1)]);
			top--;
		}
	}
	return call->cel[0] != 0;
}

#endif
