/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The limit itself is checked where base events are made (tetragon/throttle.h). Here its entries find their end. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/cgroup.h>

DEFINE_OBJECT;

ABI_TYPE(struct, msg_throttle);
ABI_TYPE(enum, msg_op);

/* Ids of different hierarchies may be the same. */
static __always_inline bool in_hierarchy(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css = NULL;

	if (container_hierarchy == CGROUP_V2)
		return BPF_CORE_READ(cgroup, root, hierarchy_id) == 0;
	bpf_probe_read_kernel(&css, sizeof(css), &cgroup->subsys[cgroup_v1_subsystem()]);
	return css != NULL;
}

/* No task is left in the cgroup: its entry is marked, for the agent to take it out once it has read the counts. */
SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_gone, struct cgroup *cgroup)
{
	__u64 id = cgroup_id(cgroup);
	struct throttle_rate *rate = bpf_map_lookup_elem(&throttle_rates, &id);

	if (rate && in_hierarchy(cgroup))
		rate->gone = 1;
	return 0;
}
