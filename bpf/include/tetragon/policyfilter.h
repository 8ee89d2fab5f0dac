/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Whom a policy is for, by the cgroup of the process that runs.
 *
 * A process belongs to a container when its cgroup is the container's or lies anywhere below it: containers make cgroups of
 * their own, as deep as they like, to be elsewhere. So the way goes down, not up. Containers are at few levels below the
 * root, which the agent says; only the ancestors at these are looked up. A process above all of them costs two loads, and
 * neither a cgroup that comes nor one that goes inside of a container has to be known.
 */
#ifndef TETRAGON_POLICYFILTER_H
#define TETRAGON_POLICYFILTER_H

#include <tetragon/kernel.h>
#include <tetragon/cgroup.h>
#include <tetragon/maps.h>

enum policy_filter_flags {
	/* Containers of its map are selected. */
	POLICY_FILTER_CONTAINERS = 0x1,
	/* Processes outside of all containers are. */
	POLICY_FILTER_HOST = 0x2,
};

struct policy_filter {
	/* The key in policy_filter_maps; POLICY_FILTER_NONE selects every process. */
	__u32 id;
	__u32 flags;
};

/* The platform sets it before loading: the policy's own filter, then those of its selectors. */
const volatile struct policy_filter policy_filters[POLICY_FILTERS_MAX] = {};

static __noinline bool policy_filter_has_current(__u32 id)
{
	__u32 zero = 0, i, level, own;
	void *cgroups = NULL;
	__u64 levels, cgroup;
	__u64 *all;

	all = bpf_map_lookup_elem(&policy_filter_levels, &zero);
	if (!all || !*all)
		return false;
	levels = *all;
	own = current_cgroup_level();
#pragma clang loop unroll(disable)
	for (i = 0; i < POLICY_FILTER_LEVELS; i++) {
		level = levels & 0xff;
		levels >>= 8;
		if (!level || level > own)
			return false;
		if (!cgroups)
			cgroups = bpf_map_lookup_elem(&policy_filter_maps, &id);
		if (!cgroups)
			return false;
		cgroup = current_cgroup_at(level);
		if (bpf_map_lookup_elem(cgroups, &cgroup))
			return true;
	}
	return false;
}

/* Whether the running process is one of those that a filter of policy_filters selects. */
static __always_inline bool policy_filter_selects(__u32 index)
{
	const volatile struct policy_filter *filter;

	if (index >= POLICY_FILTERS_MAX)
		return false;
	filter = &policy_filters[index];
	if (filter->id == POLICY_FILTER_NONE)
		return true;
	if (filter->flags & POLICY_FILTER_CONTAINERS && policy_filter_has_current(filter->id))
		return true;
	return filter->flags & POLICY_FILTER_HOST && !policy_filter_has_current(POLICY_FILTER_ALL);
}

#endif
