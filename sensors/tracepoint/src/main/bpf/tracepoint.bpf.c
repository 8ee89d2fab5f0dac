/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Perf tracepoints: arguments are fields of their records. */
#include <tetragon/hook/engine.h>

DEFINE_OBJECT;

static __always_inline __u64 hook_parameter(void *ctx, __u32 index)
{
	return 0;
}

static __always_inline __u64 hook_result(void *ctx)
{
	return 0;
}

static __always_inline void *hook_registers(void *ctx)
{
	return user_registers();
}

static __always_inline __u32 hook_attachment(void *ctx)
{
	return bpf_get_attach_cookie(ctx);
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return false;
}

SEC("tracepoint")
int hook_tracepoint(void *ctx)
{
	hook_enter(ctx, 0, false);
	return 0;
}
