/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The generic hook engine on calls that a test makes up. */
#include <tetragon/hook/engine.h>

DEFINE_OBJECT;

ABI_TYPE(enum, hook_kind);
ABI_TYPE(enum, hook_source);
ABI_TYPE(enum, hook_subject);
ABI_TYPE(enum, hook_operator);
ABI_TYPE(enum, hook_action_kind);
ABI_TYPE(enum, hook_cel_operation);
ABI_TYPE(struct, msg_argument);
ABI_TYPE(struct, hook_text_key);
ABI_TYPE(struct, hook_long_text);
ABI_TYPE(struct, hook_substring);
ABI_TYPE(struct, hook_number_key);

#define TEXT_MAX 4096

/* What the parameter TEXT_PARAMETER points to. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[TEXT_MAX]);
} text SEC(".maps");

/* The context of a run: two parameters, the size of the text, the attachment, the stack pointer, the result. */
enum context {
	FIRST,
	SECOND,
	TEXT_SIZE,
	ATTACHMENT,
	STACK,
	RESULT,
	TEXT_PARAMETER,
};

#define CONTEXT(ctx, index)                                                                                            \
	({                                                                                                             \
		__u64 value_;                                                                                          \
                                                                                                                       \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value_) : "r"(ctx), "i"(8 * (index)));                    \
		value_;                                                                                                \
	})

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	__u32 zero = 0;

	switch (index) {
	case FIRST:
		return CONTEXT(ctx, FIRST);
	case SECOND:
		return CONTEXT(ctx, SECOND);
	case TEXT_SIZE:
		return CONTEXT(ctx, TEXT_SIZE);
	default:
		return (__u64)bpf_map_lookup_elem(&text, &zero);
	}
}

static __always_inline __u64 hook_result(void *ctx)
{
	return CONTEXT(ctx, RESULT);
}

static __always_inline void *hook_registers(void *ctx)
{
	return user_registers();
}

static __always_inline __u32 hook_attachment(void *ctx)
{
	return CONTEXT(ctx, ATTACHMENT);
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return then == now;
}

SEC("raw_tp/")
int begin_call(void *ctx)
{
	return hook_enter(ctx, CONTEXT(ctx, STACK), false);
}

SEC("raw_tp/")
int end_call(void *ctx)
{
	hook_leave(ctx, CONTEXT(ctx, STACK));
	return 0;
}
