/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Static probes of programs (USDT). Where an argument is found is written in the program's file, for each place of a probe. */
#define HOOK_PARAMETERS_IN_MEMORY
#include <tetragon/hook/single.h>

#include "usdt.h"

DEFINE_OBJECT;

ABI_TYPE(struct, usdt_operand);
ABI_TYPE(struct, usdt_place);
ABI_TYPE(enum, usdt_form);
ABI_TYPE(enum, usdt_register);

/* Set before loading; where all places agree the verifier knows the operands. */
const volatile struct usdt_place usdt = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct usdt_place);
} usdt_places SEC(".maps");

/* A load at a fixed place: the compiler must not make one of several that computes the place, which the verifier refuses. */
#define REGISTER(ctx, number)                                                                                          \
	case number: {                                                                                                 \
		__u64 value_;                                                                                          \
                                                                                                                       \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value_) : "r"(ctx), "i"(8 * (number)));                   \
		return value_;                                                                                         \
	}

static __noinline __u64 usdt_register(void *ctx, __u32 number)
{
	switch (number) {
	REGISTER(ctx, 0)
	REGISTER(ctx, 1)
	REGISTER(ctx, 2)
	REGISTER(ctx, 3)
	REGISTER(ctx, 4)
	REGISTER(ctx, 5)
	REGISTER(ctx, 6)
	REGISTER(ctx, 7)
	REGISTER(ctx, 8)
	REGISTER(ctx, 9)
	REGISTER(ctx, 10)
	REGISTER(ctx, 11)
	REGISTER(ctx, 12)
	REGISTER(ctx, 13)
	REGISTER(ctx, 14)
	REGISTER(ctx, 16)
	REGISTER(ctx, 19)
	default:
		return 0;
	}
}

static __always_inline const volatile struct usdt_operand *usdt_operand(void *ctx, __u32 index)
{
	struct usdt_place *place;
	__u32 number;

	if (index >= USDT_OPERANDS)
		return NULL;
	if (usdt.operand[index].form != USDT_BY_PLACE)
		return &usdt.operand[index];
	number = bpf_get_attach_cookie(ctx);
	place = bpf_map_lookup_elem(&usdt_places, &number);
	return place ? &place->operand[index] : NULL;
}

static __always_inline void *usdt_address(void *ctx, const volatile struct usdt_operand *operand)
{
	__u64 address = operand->value;

	if (operand->base != USDT_NO_REGISTER)
		address += usdt_register(ctx, operand->base);
	if (operand->index != USDT_NO_REGISTER)
		address += usdt_register(ctx, operand->index) << (operand->shift & 3);
	return (void *)address;
}

static __always_inline long hook_fetch_parameter(void *ctx, __u32 index, __u64 *value)
{
	const volatile struct usdt_operand *operand = usdt_operand(ctx, index);
	__u64 bits = 0;
	void *address;
	__u32 width;

	*value = 0;
	if (!operand)
		return -EINVAL;
	switch (operand->form) {
	case USDT_CONSTANT:
		*value = operand->value;
		return 0;
	case USDT_REGISTER:
		bits = usdt_register(ctx, operand->base) >> (operand->shift & 63);
		break;
	case USDT_MEMORY:
		address = usdt_address(ctx, operand);
		width = operand->width;
		/* What is compared must be what is passed, or older verifiers do not know its bounds. */
		barrier_var(width);
		if (width > sizeof(bits))
			return -EINVAL;
		if (bpf_probe_read_user(&bits, width, address))
			return -EFAULT;
		break;
	default:
		return -EINVAL;
	}
	*value = hook_widen(bits, operand->width, operand->is_signed);
	return 0;
}

/* The agent has seen to it that these are 4 bytes of memory. */
static __always_inline long hook_set_parameter(void *ctx, __u32 index, __u32 value)
{
	const volatile struct usdt_operand *operand = usdt_operand(ctx, index);

	if (!operand || operand->form != USDT_MEMORY)
		return -EINVAL;
	return bpf_probe_write_user(usdt_address(ctx, operand), &value, sizeof(value));
}

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	__u64 value;

	hook_fetch_parameter(ctx, index, &value);
	return value;
}

static __always_inline void *hook_registers(void *ctx)
{
	return ctx;
}

SEC("uprobe")
int hook_usdt(void *ctx)
{
	hook_enter(ctx, 0, false);
	return 0;
}
