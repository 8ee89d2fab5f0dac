/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* For families that see no returns, and whose hooks have one attachment or events that do not tell which it was. */
#ifndef TETRAGON_HOOK_SINGLE_H
#define TETRAGON_HOOK_SINGLE_H

#include <tetragon/hook/engine.h>

static __always_inline __u64 hook_result(void *ctx)
{
	return 0;
}

static __always_inline __u32 hook_attachment(void *ctx)
{
	return 0;
}

static __always_inline bool hook_same_attachment(__u32 then, __u32 now)
{
	return false;
}

#endif
