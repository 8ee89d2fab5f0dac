/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The cgroup of a task, in the hierarchy that holds the containers. */
#ifndef TETRAGON_CGROUP_H
#define TETRAGON_CGROUP_H

#include <tetragon/kernel.h>

/* The unified one, and those of cgroup v1 by their controller. */
enum container_hierarchy {
	CGROUP_V2,
	CGROUP_V1_MEMORY,
	CGROUP_V1_PIDS,
};

/* The platform sets it before loading: the hierarchy that holds the containers. */
const volatile __u32 container_hierarchy = CGROUP_V2;

/* Where the kernel keeps what belongs to the controller of a v1 hierarchy; that depends on how the kernel was built. */
static __always_inline __u32 cgroup_v1_subsystem(void)
{
	if (container_hierarchy == CGROUP_V1_MEMORY)
		return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) & 15;
	return bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id) & 15;
}

/* NULL while a task is being taken apart. */
static __always_inline struct cgroup *task_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;

	if (container_hierarchy == CGROUP_V2)
		return BPF_CORE_READ(set, dfl_cgrp);
	bpf_probe_read_kernel(&css, sizeof(css), &set->subsys[cgroup_v1_subsystem()]);
	return BPF_CORE_READ(css, cgroup);
}

/* The number that is the inode's of the cgroup's folder. */
static __always_inline __u64 cgroup_id(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, kn, id);
}

/* How far below the root current's cgroup is. By direct loads where it can be: this is asked at every hit of a hook. */
static __always_inline __u32 current_cgroup_level(void)
{
	if (container_hierarchy == CGROUP_V2)
		return bpf_get_current_task_btf()->cgroups->dfl_cgrp->level;
	return BPF_CORE_READ(task_cgroup((void *)bpf_get_current_task()), level);
}

/* The id of the cgroup at a level that current's is in, or is; the caller has seen that current's level is not above it. */
static __always_inline __u64 current_cgroup_at(__u32 level)
{
	__u64 cgroup, id = 0;

	if (container_hierarchy == CGROUP_V2)
		return bpf_get_current_ancestor_cgroup_id(level);
	cgroup = (__u64)task_cgroup((void *)bpf_get_current_task());
	if (bpf_core_field_exists(((struct cgroup *)0)->ancestors)) {
		cgroup += bpf_core_field_offset(struct cgroup, ancestors) + level * sizeof(struct cgroup *);
		bpf_probe_read_kernel(&cgroup, sizeof(cgroup), (void *)cgroup);
		return cgroup_id((struct cgroup *)cgroup);
	}
	cgroup += bpf_core_field_offset(struct cgroup___ids, ancestor_ids) + level * sizeof(id);
	bpf_probe_read_kernel(&id, sizeof(id), (void *)cgroup);
	return id;
}

#endif
