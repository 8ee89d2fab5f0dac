/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Paths, by walking dentries: bpf_d_path is refused in raw tracepoints. What only travels is written leaf first, each
 * component with a NUL, wherever there is room; the agent turns it round. What is compared here is written backwards.
 */
#ifndef TETRAGON_PATH_H
#define TETRAGON_PATH_H

#include "kernel.h"

#define PATH_SIZE_MAX 4096
#define PATH_COMPONENT_MAX 256
/* Every component has at least a character and its separator; mounts on the way take a step each. */
#define PATH_STEPS_MAX (PATH_SIZE_MAX / 2 + 64)
/* Most files are no deeper. */
#define PATH_NEAR_MAX 8

/* What a step needs of a dentry: its parent and its name lie side by side in every kernel. */
struct dentry_step {
	struct dentry *parent;
	__u32 hash;
	__u32 len;
	const unsigned char *name;
};

/* Likewise of a mount: the one it is mounted in, and where. */
struct mount_step {
	struct mount *parent;
	struct dentry *mountpoint;
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

/* What a step towards the root comes to. */
enum path_move {
	PATH_COMPONENT,
	PATH_MOUNT,
	PATH_TOP,
	PATH_UNREADABLE,
};

/* Leaves a mount by the place where it is mounted. */
static __always_inline enum path_move path_leave_mount(struct path_walk *walk)
{
	struct mount *mnt = (void *)walk->vfsmnt - bpf_core_field_offset(struct mount, mnt);
	struct mount_step step;
	struct vfsmount *above;

	if (bpf_probe_read_kernel(&step, sizeof(step), (void *)mnt + bpf_core_field_offset(struct mount, mnt_parent)))
		return PATH_UNREADABLE;
	/* The top of the tree, reached without meeting the root: a path outside of it. */
	if (step.parent == mnt) {
		walk->complete = true;
		return PATH_TOP;
	}
	above = (void *)step.parent + bpf_core_field_offset(struct mount, mnt);
	walk->dentry = step.mountpoint;
	walk->vfsmnt = above;
	walk->mnt_root = BPF_CORE_READ(above, mnt_root);
	return PATH_MOUNT;
}

static __always_inline enum path_move path_up(struct path_walk *walk, struct dentry_step *step)
{
	struct dentry *dentry = walk->dentry;

	if (dentry == walk->root_dentry && walk->vfsmnt == walk->root_mnt) {
		walk->complete = true;
		return PATH_TOP;
	}
	if (dentry == walk->mnt_root)
		return path_leave_mount(walk);
	if (bpf_probe_read_kernel(step, sizeof(*step), (void *)dentry + bpf_core_field_offset(struct dentry, d_parent)))
		return PATH_UNREADABLE;
	if (dentry == step->parent)
		return path_leave_mount(walk);
	walk->dentry = step->parent;
	return PATH_COMPONENT;
}

/* Writes a component with its slash in front of what is there. */
static __always_inline bool path_prepend(char *to, __u32 *size, const struct dentry_step *step)
{
	__u32 len = step->len, at;

	if (len >= PATH_COMPONENT_MAX || *size + len + 1 >= PATH_SIZE_MAX)
		return false;
	at = (PATH_SIZE_MAX - *size - len - 1) & (PATH_SIZE_MAX - 1);
	barrier_var(at);
	if (at >= PATH_SIZE_MAX || bpf_probe_read_kernel(to + at + 1, len, step->name))
		return false;
	to[at] = '/';
	*size += len + 1;
	return true;
}

/* Writes a component with its NUL behind what is there. */
static __always_inline bool path_append(char *to, __u32 *size, const struct dentry_step *step)
{
	__u32 len = step->len, at = *size & (PATH_SIZE_MAX - 1);

	if (len >= PATH_COMPONENT_MAX || at + len + 1 >= PATH_SIZE_MAX)
		return false;
	if (bpf_probe_read_kernel(to + at, len, step->name))
		return false;
	at += len;
	to[at & (PATH_SIZE_MAX - 1)] = 0;
	*size = at + 1;
	return true;
}

/* The bodies of bpf_loop: 1 ends the walk. */
static long path_step(__u32 index, void *ctx)
{
	struct path_walk *walk = ctx;
	struct dentry_step step;
	enum path_move move = path_up(walk, &step);

	if (move != PATH_COMPONENT)
		return move != PATH_MOUNT;
	return !path_append(walk->to, &walk->size, &step);
}

static long path_text_step(__u32 index, void *ctx)
{
	struct path_walk *walk = ctx;
	struct dentry_step step;
	enum path_move move = path_up(walk, &step);

	if (move != PATH_COMPONENT)
		return move != PATH_MOUNT;
	return !path_prepend(walk->to, &walk->size, &step);
}

/*
 * The components within the first mount, which often are all. The verifier knows these pointers, so each costs a few loads
 * instead of two calls. The loop behind goes on from there, and finds what went wrong here, too.
 */
static __always_inline void path_near(struct path_walk *walk, const struct path *path, const struct path *root,
				      const bool backwards)
{
	struct dentry *dentry = path->dentry, *top = path->mnt->mnt_root, *end = root->dentry;
	__u32 size = 0;
	int i;

	for (i = 0; i < PATH_NEAR_MAX; i++) {
		struct dentry *parent = dentry->d_parent;
		struct dentry_step step = {.len = dentry->d_name.len, .name = dentry->d_name.name};

		if (dentry == top || dentry == end || dentry == parent)
			break;
		if (!(backwards ? path_prepend(walk->to, &size, &step) : path_append(walk->to, &size, &step)))
			break;
		dentry = parent;
	}
	walk->dentry = dentry;
	walk->size = size;
}

static __always_inline void path_begin(struct path_walk *walk, char *to, const struct path *path,
				       const struct path *root)
{
	*walk = (struct path_walk){
		.to = to,
		.dentry = path->dentry,
		.vfsmnt = path->mnt,
		.root_dentry = root->dentry,
		.root_mnt = root->mnt,
	};
	walk->mnt_root = path->mnt->mnt_root;
}

/*
 * Writes the path as seen from `root` to `to`, which has room for PATH_SIZE_MAX and one component more. Returns its
 * size, 0 for the root itself; *complete says whether the root was reached.
 */
static __always_inline __u32 path_walk(char *to, const struct path *path, const struct path *root, bool *complete)
{
	struct path_walk walk;

	path_begin(&walk, to, path, root);
	path_near(&walk, path, root, false);
	bpf_loop(PATH_STEPS_MAX, path_step, &walk, 0);
	*complete = walk.complete;
	return walk.size & (PATH_SIZE_MAX - 1);
}

/*
 * Writes the path of a file as seen from `root`, slashes and all, so that it ends with a NUL at to[PATH_SIZE_MAX];
 * `to` has room for one component more. Returns its size without the NUL, which is 0 if it is longer than a path can be.
 */
static __always_inline __u32 path_text(char *to, const struct path *path, const struct path *root)
{
	struct path_walk walk;
	struct dentry_step step;

	path_begin(&walk, to, path, root);
	to[PATH_SIZE_MAX] = 0;
	path_near(&walk, path, root, true);
	bpf_loop(PATH_STEPS_MAX, path_text_step, &walk, 0);
	if (!walk.complete)
		return 0;
	/* Files that were never in a directory, such as memfd's, have a name all the same. */
	if (walk.size == 0 && !bpf_probe_read_kernel(&step, sizeof(step), (void *)walk.dentry +
						     bpf_core_field_offset(struct dentry, d_parent)))
		path_prepend(to, &walk.size, &step);
	return walk.size & (PATH_SIZE_MAX - 1);
}

/*
 * The same the other way round, for matching: written from the end of a buffer towards its beginning. What a step changes
 * lies in a map, where numbers are unknown to the verifier: those on the stack it would follow step by step, and the stack
 * of a hook is short.
 */
struct path_back {
	/* Set before: where the walk begins. With mnt == 0 it stays within the file system of the dentry. */
	__u64 dentry;
	__u64 mnt;
	__u64 mnt_root;
	__u64 root_dentry;
	__u64 root_mnt;
	/* Set before to the end of the path in the buffer, and afterwards where it begins. */
	__u32 at;
	/* Whether the root was reached. */
	__u32 complete;
};

struct path_back_context {
	struct path_back *walk;
	char *to;
};

static __always_inline bool dentry_look(__u64 dentry, struct dentry_step *step)
{
	if (!KERNEL_HAS_CAST)
		return bpf_probe_read_kernel(step, sizeof(*step),
					     (void *)dentry + bpf_core_field_offset(struct dentry, d_parent)) == 0;
	step->parent = kernel_load(struct dentry, dentry, d_parent);
	step->len = kernel_load(struct dentry, dentry, d_name.len);
	step->name = kernel_load(struct dentry, dentry, d_name.name);
	return step->parent != NULL;
}

/* One step towards the root, the body of bpf_loop: 1 ends the walk. */
static long path_back_step(__u32 index, void *ctx)
{
	struct path_back_context *context = ctx;
	struct path_back *walk = context->walk;
	__u64 dentry = walk->dentry, at = walk->at;
	struct dentry_step step;

	if (dentry == walk->root_dentry && walk->mnt == walk->root_mnt) {
		walk->complete = true;
		return 1;
	}
	if (!dentry_look(dentry, &step))
		return 1;
	if (dentry == walk->mnt_root || dentry == (__u64)step.parent) {
		__u64 mnt = walk->mnt - bpf_core_field_offset(struct mount, mnt), parent = 0;

		/* Without a mount there is nothing above, nor is there above the top of the tree. */
		if (walk->mnt)
			parent = (__u64)kernel_load(struct mount, mnt, mnt_parent);
		if (parent == mnt || !walk->mnt) {
			walk->complete = true;
			return 1;
		}
		walk->dentry = (__u64)kernel_load(struct mount, mnt, mnt_mountpoint);
		walk->mnt = parent + bpf_core_field_offset(struct mount, mnt);
		walk->mnt_root = (__u64)kernel_load(struct mount, parent, mnt.mnt_root);
		return 0;
	}
	if (step.len >= PATH_COMPONENT_MAX || step.len >= at)
		return 1;
	at = (at - step.len) & (PATH_SIZE_MAX - 1);
	if (bpf_probe_read_kernel(context->to + at, step.len & (PATH_COMPONENT_MAX - 1), step.name))
		return 1;
	at = (at - 1) & (PATH_SIZE_MAX - 1);
	context->to[at] = '/';
	walk->at = at;
	walk->dentry = (__u64)step.parent;
	return 0;
}

/*
 * Writes the path of a dentry, root first, so that it ends right before to[walk->at]; the buffer has room for PATH_SIZE_MAX
 * and one component. The root is the process's own, and has an empty path.
 */
static __always_inline void path_walk_back(char *to, struct path_back *walk)
{
	struct path_back_context context = {.walk = walk, .to = to};
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;

	walk->root_dentry = (__u64)fs->root.dentry;
	walk->root_mnt = (__u64)fs->root.mnt;
	walk->mnt_root = walk->mnt ? (__u64)kernel_load(struct vfsmount, walk->mnt, mnt_root) : 0;
	walk->complete = false;
	bpf_loop(PATH_STEPS_MAX, path_back_step, &context, 0);
}

#endif
