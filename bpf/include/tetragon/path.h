/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Paths, by walking dentries: bpf_d_path is refused in raw tracepoints. Components are written leaf first, each with a
 * NUL, because that needs no second pass; the agent turns them round.
 */
#ifndef TETRAGON_PATH_H
#define TETRAGON_PATH_H

#include "kernel.h"

#define PATH_SIZE_MAX 4096
#define PATH_COMPONENT_MAX 256
/* Every component has at least a character and its separator; mounts on the way take a step each. */
#define PATH_STEPS_MAX (PATH_SIZE_MAX / 2 + 64)

/* What a step needs of a dentry: its parent and its name lie side by side in every kernel. */
struct dentry_step {
	struct dentry *parent;
	__u32 hash;
	__u32 len;
	const unsigned char *name;
};

struct path_walk {
	char *to;
	struct dentry *dentry;
	struct vfsmount *vfsmnt;
	struct dentry *mnt_root;
	struct dentry *root_dentry;
	struct vfsmount *root_mnt;
	__u32 size;
	bool complete;
};

/* One step towards the root, the body of bpf_loop: 1 ends the walk. */
static long path_step(__u32 index, void *ctx)
{
	struct path_walk *walk = ctx;
	struct dentry *dentry = walk->dentry;
	struct dentry_step step;
	__u32 size = walk->size & (PATH_SIZE_MAX - 1), len;

	if (dentry == walk->root_dentry && walk->vfsmnt == walk->root_mnt) {
		walk->complete = true;
		return 1;
	}
	if (bpf_probe_read_kernel(&step, sizeof(step), (void *)dentry + bpf_core_field_offset(struct dentry, d_parent)))
		return 1;
	if (dentry == walk->mnt_root || dentry == step.parent) {
		struct mount *mnt = (void *)walk->vfsmnt - bpf_core_field_offset(struct mount, mnt);
		struct mount *parent = BPF_CORE_READ(mnt, mnt_parent);
		struct vfsmount *above;

		/* The top of the tree, reached without meeting the root: a path outside of it. */
		if (parent == mnt) {
			walk->complete = true;
			return 1;
		}
		walk->dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		above = (void *)parent + bpf_core_field_offset(struct mount, mnt);
		walk->vfsmnt = above;
		walk->mnt_root = BPF_CORE_READ(above, mnt_root);
		return 0;
	}
	len = step.len;
	if (len >= PATH_COMPONENT_MAX || size + len + 1 >= PATH_SIZE_MAX)
		return 1;
	if (bpf_probe_read_kernel(walk->to + size, len, step.name))
		return 1;
	size += len;
	walk->to[size & (PATH_SIZE_MAX - 1)] = 0;
	walk->size = size + 1;
	walk->dentry = step.parent;
	return 0;
}

/*
 * Writes the path as seen from `root` to `to`, which has room for PATH_SIZE_MAX and one component more. Returns its
 * size, 0 for the root itself; *complete says whether the root was reached.
 */
static __always_inline __u32 path_walk(char *to, const struct path *path, const struct path *root, bool *complete)
{
	struct path_walk walk = {
		.to = to,
		.dentry = path->dentry,
		.vfsmnt = path->mnt,
		.root_dentry = root->dentry,
		.root_mnt = root->mnt,
	};

	walk.mnt_root = path->mnt->mnt_root;
	bpf_loop(PATH_STEPS_MAX, path_step, &walk, 0);
	*complete = walk.complete;
	return walk.size & (PATH_SIZE_MAX - 1);
}

#endif
