/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What hooks remember of the running thread. */
#ifndef TETRAGON_HOOK_THREAD_H
#define TETRAGON_HOOK_THREAD_H

#include <tetragon/hook/types.h>

/*
 * A map's memory of the thread; NULL without BPF_LOCAL_STORAGE_GET_F_CREATE if it has none. The kernel makes none while
 * another map's, the only one that the thread had, is just being removed, as with an unloaded policy: then it does the
 * second time.
 */
static __always_inline void *thread_storage(void *map, __u64 flags)
{
	void *storage = bpf_task_storage_get(map, bpf_get_current_task_btf(), NULL, flags);

	if (!storage && flags & BPF_LOCAL_STORAGE_GET_F_CREATE)
		storage = bpf_task_storage_get(map, bpf_get_current_task_btf(), NULL, flags);
	return storage;
}

#endif
