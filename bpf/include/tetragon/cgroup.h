/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The cgroup of a task, in the hierarchy that holds the containers. */
#ifndef TETRAGON_CGROUP_H
#define TETRAGON_CGROUP_H

#include <tetragon/kernel.h>

#define CGROUP_V2 0xffffffff

/* The platform sets it before loading: the cgroup v1 controller whose hierarchy holds the containers, or CGROUP_V2. */
const volatile __u32 cgroup_v1_subsystem = CGROUP_V2;

/* NULL while a task is being taken apart. */
static __always_inline struct cgroup *task_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;

	if (cgroup_v1_subsystem == CGROUP_V2)
		return BPF_CORE_READ(set, dfl_cgrp);
	bpf_probe_read_kernel(&css, sizeof(css), &set->subsys[cgroup_v1_subsystem & 15]);
	return BPF_CORE_READ(css, cgroup);
}

/* The number that is the inode's of the cgroup's folder. */
static __always_inline __u64 cgroup_id(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, kn, id);
}

#endif
