/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of paths. */
#ifndef TETRAGON_HOOK_READ_PATH_H
#define TETRAGON_HOOK_READ_PATH_H

#include <tetragon/hook/slot.h>
#include <tetragon/path.h>

/* Of super_block.s_magic; user space ABI, but for the last. */
#define PIPEFS_MAGIC 0x50495045
#define SOCKFS_MAGIC 0x534f434b
#define NSFS_MAGIC 0x6e736673
#define ANON_INODE_FS_MAGIC 0x09041934
#define PIDFS_MAGIC 0x50494446

/* "anon_inode:" and the like with a name behind. */
#define ODD_NAME_MAX (32 + PATH_COMPONENT_MAX)

/*
 * What has no place in any tree, as the kernel's own links in /proc tell it. Files that were made without a name in a tree,
 * memfds for one, have a name only.
 */
static __noinline int read_odd_path(struct hook_call *call, __u32 index, __u64 dentry)
{
	static const char pipe[] = "pipe:[%llu]", socket[] = "socket:[%llu]", space[] = "%s:[%llu]";
	static const char anonymous[] = "anon_inode:%s", pid[] = "anon_inode:[pidfd]", plain[] = "/%s";
	struct hook_slot *slot = &call->slot[index];
	__u64 inode = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_inode);
	__u64 super = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_sb);
	__u64 name = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_name.name);
	__u64 arguments[2] = {BPF_CORE_READ((struct inode *)inode, i_ino)};
	char *to = call->area + slot_text(index);
	long size;

	slot->text = slot_text(index);
	switch (BPF_CORE_READ((struct super_block *)super, s_magic)) {
	case PIPEFS_MAGIC:
		size = bpf_snprintf(to, ODD_NAME_MAX, pipe, arguments, sizeof(__u64));
		break;
	case SOCKFS_MAGIC:
		size = bpf_snprintf(to, ODD_NAME_MAX, socket, arguments, sizeof(__u64));
		break;
	case NSFS_MAGIC: {
		__u64 ns = (__u64)BPF_CORE_READ((struct inode *)inode, i_private);

		arguments[1] = arguments[0];
		arguments[0] = (__u64)BPF_CORE_READ((struct ns_common *)ns, ops, name);
		size = bpf_snprintf(to, ODD_NAME_MAX, space, arguments, sizeof(arguments));
		break;
	}
	case PIDFS_MAGIC:
		size = bpf_snprintf(to, ODD_NAME_MAX, pid, NULL, 0);
		break;
	case ANON_INODE_FS_MAGIC:
		arguments[0] = name;
		size = bpf_snprintf(to, ODD_NAME_MAX, anonymous, arguments, sizeof(__u64));
		break;
	default:
		arguments[0] = name;
		size = bpf_snprintf(to, ODD_NAME_MAX, plain, arguments, sizeof(__u64));
	}
	if (size <= 0)
		return size ?: -EFAULT;
	slot->text_size = (size <= ODD_NAME_MAX ? size : ODD_NAME_MAX) - 1;
	return 0;
}

/* What is sent of a path, and behind it what is needed to make it. */
struct path_data {
	struct arg_path path;
	struct path_back walk;
};

/*
 * Three steps behind each other, not one within the other: the stack of a hook is short. With mnt == 0 the path within the
 * file system of the dentry.
 */
static __noinline int path_read(struct hook_call *call, __u32 index, __u64 mnt, __u64 dentry, __u64 inode)
{
	struct path_data *data = (struct path_data *)call->slot[index].data;

	_Static_assert(sizeof(*data) <= HOOK_FIXED_MAX, "does not fit into a slot");
	slot_fixed(&call->slot[index], struct arg_path);
	if (!kernel_address(dentry))
		return -EFAULT;
	if (inode)
		data->path.mode = kernel_load(struct inode, inode, i_mode);
	data->walk.dentry = dentry;
	data->walk.mnt = mnt;
	data->walk.at = slot_limit(index) - 1;
	return 0;
}

static __noinline void path_walk_to(struct hook_call *call, __u32 index)
{
	path_walk_back(call->area + slot_text(index), &((struct path_data *)call->slot[index].data)->walk);
}

static __noinline int path_end(struct hook_call *call, __u32 index, __u64 dentry)
{
	struct hook_slot *slot = &call->slot[index];
	struct path_data *data = (struct path_data *)slot->data;
	__u32 end = slot_limit(index) - 1, begin = data->walk.at;

	data->path.incomplete = !data->walk.complete;
	if (begin == end) {
		__u64 parent = (__u64)kernel_load(struct dentry, dentry, d_parent);

		if (!parent)
			return -EFAULT;
		if (data->walk.complete) {
			/* Its own parent, but not the root of what is mounted. */
			if (parent == dentry && data->walk.mnt && data->walk.mnt_root != dentry)
				return read_odd_path(call, index, dentry);
			begin = (end - 1) & (PATH_SIZE_MAX - 1);
			call->area[slot_text(index) + begin] = '/';
		}
	}
	slot->text = slot_text(index) + begin;
	slot->text_size = end - begin;
	return 0;
}

static __always_inline int read_path_of(struct hook_call *call, __u32 index, __u64 mnt, __u64 dentry, __u64 inode)
{
	int status = path_read(call, index, mnt, dentry, inode);

	if (status)
		return status;
	path_walk_to(call, index);
	return path_end(call, index, dentry);
}

static __always_inline int read_file(struct hook_call *call, __u32 index, __u64 file)
{
	if (!kernel_address(file))
		return -EFAULT;
	return read_path_of(call, index, (__u64)kernel_load(struct file, file, f_path.mnt),
			    (__u64)kernel_load(struct file, file, f_path.dentry),
			    (__u64)kernel_load(struct file, file, f_inode));
}

static __always_inline int read_path(struct hook_call *call, __u32 index, __u64 path)
{
	__u64 dentry;

	if (!kernel_address(path))
		return -EFAULT;
	dentry = (__u64)kernel_load(struct path, path, dentry);
	return read_path_of(call, index, (__u64)kernel_load(struct path, path, mnt), dentry,
			    (__u64)kernel_load(struct dentry, dentry, d_inode));
}

static __always_inline int read_dentry(struct hook_call *call, __u32 index, __u64 dentry)
{
	if (!kernel_address(dentry))
		return -EFAULT;
	return read_path_of(call, index, 0, dentry, (__u64)kernel_load(struct dentry, dentry, d_inode));
}

/* The open file of the current process behind a number, 0 without one. */
static __always_inline __u64 file_of_fd(__u64 fd)
{
	struct fdtable *table = bpf_get_current_task_btf()->files->fdt;
	__u64 file = 0;

	/* Numbers are 32 bits wide, whatever else the register holds. */
	fd = (__u32)fd;
	if (fd >= table->max_fds)
		return 0;
	if (bpf_probe_read_kernel(&file, sizeof(file), (void *)table->fd + fd * sizeof(file)))
		return 0;
	return file;
}

static __always_inline int read_fd(struct hook_call *call, __u32 index, __u64 fd)
{
	__u64 file = file_of_fd(fd);

	return file ? read_file(call, index, file) : -EBADF;
}

static __always_inline int read_kiocb(struct hook_call *call, __u32 index, __u64 kiocb)
{
	if (!kernel_address(kiocb))
		return -EFAULT;
	return read_file(call, index, (__u64)kernel_load(struct kiocb, kiocb, ki_filp));
}

static __always_inline int read_binprm(struct hook_call *call, __u32 index, __u64 bprm)
{
	if (!kernel_address(bprm))
		return -EFAULT;
	return read_file(call, index, (__u64)kernel_load(struct linux_binprm, bprm, file));
}

#endif
