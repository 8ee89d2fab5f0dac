/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Files that become executable in a process's memory. One of three ways in is loaded: behind the calls that map and
 * protect memory; at the function by which the kernel tells perf of each mapping; where a mapping is entered into the tree
 * of the process's memory.
 */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/path.h>
#include <tetragon/process.h>
#include <tetragon/ring.h>

DEFINE_OBJECT;

/* Kernel interfaces and internals that never changed. */
#define PROT_READ 0x1
#define PROT_EXEC 0x4
#define VM_EXEC 0x4
#define READ_IMPLIES_EXEC 0x400000
#define MAX_ERRNO 4095
#define S_IFMT 0170000
#define S_IFREG 0100000
/* The namespace of mounts that the kernel keeps for itself: -EINVAL. */
#define MNT_NS_INTERNAL ((__u64)-22)
/* The first eight characters of mas_store_prealloc and its like, little endian. */
#define MAS_STORE 0x726f74735f73616dULL

enum loader_flags {
	/* The file is in no directory any more. */
	LOADER_DELETED = 1,
	/* It never was in one: a memfd, whose name stands in place of a path. */
	LOADER_UNNAMED = 2,
	/* Some of the path could not be read; what is there is its end. */
	LOADER_INCOMPLETE = 4,
};

/* Followed by the path, without a NUL. What tells the file's content apart from another one's comes from its inode. */
struct msg_loader {
	struct msg_common common;
	struct process_key process;
	/* Of the process, since boot: unlike its identity it outlives an exec. */
	__u64 start;
	__u32 tid;
	__u32 flags;
	/* As in the kernel: twelve bits of major, twenty of minor number. */
	__u32 device;
	__u32 path_size;
	__u64 inode;
	__u64 file_size;
	__s64 ctime_sec;
	__u32 ctime_nsec;
	__u32 pad;
};

ABI_TYPE(struct, msg_loader);
ABI_TYPE(enum, loader_flags);
ABI_TYPE(enum, msg_op);

/*
 * The record is put together in front of the path, which is written from its end. The verifier does not see that begin and
 * size of the path add up to one area, and wants room for two.
 */
struct loader_scratch {
	struct path_back walk;
	char bytes[sizeof(struct msg_loader) + 2 * PATH_SIZE_MAX];
};

/* One for each program: the kernel skips a program that runs already on its CPU, and counts that. */
enum loader_program {
	LOADER_MAP,
	LOADER_PROTECT,
	LOADER_PROGRAMS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOADER_PROGRAMS);
	__type(key, __u32);
	__type(value, struct loader_scratch);
} loader_scratch SEC(".maps");

/* The bits above the nanoseconds mark times that somebody has asked for, since 6.13. */
static __always_inline void loader_time(struct msg_loader *msg, __u64 inode)
{
	if (bpf_core_field_exists(struct inode, i_ctime_sec)) {
		msg->ctime_sec = kernel_load(struct inode, inode, i_ctime_sec);
		msg->ctime_nsec = kernel_load(struct inode, inode, i_ctime_nsec) & 0x3fffffff;
	} else if (bpf_core_field_exists(struct inode___before_6_11, __i_ctime)) {
		msg->ctime_sec = kernel_load(struct inode___before_6_11, inode, __i_ctime.tv_sec);
		msg->ctime_nsec = kernel_load(struct inode___before_6_11, inode, __i_ctime.tv_nsec);
	} else {
		msg->ctime_sec = kernel_load(struct inode___before_6_6, inode, i_ctime.tv_sec);
		msg->ctime_nsec = kernel_load(struct inode___before_6_6, inode, i_ctime.tv_nsec);
	}
}

/*
 * The name of a file that lies in no directory, if it is a memfd's: other such files are memory that the kernel dresses as
 * a file. Returns whether there is one.
 */
static __always_inline bool loader_memfd(struct loader_scratch *scratch, __u32 *at, __u64 dentry)
{
	static const char prefix[] = "memfd:";
	__u64 name = (__u64)kernel_load(struct dentry, dentry, d_name.name);
	__u32 len = kernel_load(struct dentry, dentry, d_name.len), begin;
	char *to;
	int i;

	if (len < sizeof(prefix) - 1 || len >= PATH_COMPONENT_MAX)
		return false;
	/* The compiler tests one copy and uses another, and takes the mask for superfluous, which the verifier does not. */
	barrier_var(len);
	len &= PATH_COMPONENT_MAX - 1;
	begin = (*at - len) & (PATH_SIZE_MAX - 1);
	to = scratch->bytes + sizeof(struct msg_loader) + begin;
	if (bpf_probe_read_kernel(to, len, (void *)name))
		return false;
	for (i = 0; i < sizeof(prefix) - 1; i++) {
		if (to[i] != prefix[i])
			return false;
	}
	*at = begin;
	return true;
}

/*
 * Whether a mount is nobody's: a stacked file system has such clones of the mounts below it, since 6.8 shown by what it
 * maps in a file's place.
 */
static __always_inline bool loader_internal(__u64 mnt)
{
	__u64 mount = mnt - bpf_core_field_offset(struct mount, mnt);

	return (__u64)kernel_load(struct mount, mount, mnt_ns) == MNT_NS_INTERNAL;
}

static __always_inline int loader_send(__u32 program, __u64 file)
{
	struct loader_scratch *scratch = bpf_map_lookup_elem(&loader_scratch, &program);
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_value *process;
	struct msg_loader msg = {};
	__u64 mnt, dentry, inode, filesystem;
	__u32 tgid = task->tgid, at, size;
	bool unnamed;

	if (!scratch || !file)
		return 0;
	mnt = (__u64)kernel_load(struct file, file, f_path.mnt);
	dentry = (__u64)kernel_load(struct file, file, f_path.dentry);
	unnamed = (__u64)kernel_load(struct dentry, dentry, d_parent) == dentry &&
		  (__u64)kernel_load(struct vfsmount, mnt, mnt_root) != dentry;
	if (bpf_core_field_exists(struct backing_file, user_path) && !unnamed && loader_internal(mnt)) {
		mnt = (__u64)kernel_load(struct backing_file, file, user_path.mnt);
		dentry = (__u64)kernel_load(struct backing_file, file, user_path.dentry);
	}
	inode = (__u64)kernel_load(struct dentry, dentry, d_inode);
	if (!kernel_address(inode) || (kernel_load(struct inode, inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;

	scratch->walk.at = PATH_SIZE_MAX - 1;
	if (unnamed) {
		at = scratch->walk.at;
		if (!loader_memfd(scratch, &at, dentry))
			return 0;
		scratch->walk.at = at;
		msg.flags = LOADER_UNNAMED;
	} else {
		scratch->walk.mnt = mnt;
		scratch->walk.dentry = dentry;
		path_walk_back(scratch->bytes + sizeof(msg), &scratch->walk);
		if (!scratch->walk.complete)
			msg.flags = LOADER_INCOMPLETE;
		if (!kernel_load(struct dentry, dentry, d_hash.pprev))
			msg.flags |= LOADER_DELETED;
	}
	at = scratch->walk.at & (PATH_SIZE_MAX - 1);
	size = PATH_SIZE_MAX - 1 - at;

	msg_header(&msg.common, MSG_OP_LOADER, sizeof(msg) + size, bpf_ktime_get_ns());
	process = process_find(tgid);
	if (process)
		msg.process = process_identity(process);
	else
		msg.process.pid = tgid;
	msg.start = task->group_leader->start_boottime;
	msg.tid = task->pid;
	msg.path_size = size;
	filesystem = (__u64)kernel_load(struct inode, inode, i_sb);
	msg.device = kernel_load(struct super_block, filesystem, s_dev);
	msg.inode = kernel_load(struct inode, inode, i_ino);
	msg.file_size = kernel_load(struct inode, inode, i_size);
	loader_time(&msg, inode);
	/* One copy: the compiler would do it byte by byte, because the place has no known alignment. */
	if (bpf_probe_read_kernel(scratch->bytes + at, sizeof(msg), &msg))
		return 0;
	ring_output(MSG_OP_LOADER, scratch->bytes + at, sizeof(msg) + (size & (PATH_SIZE_MAX - 1)));
	return 0;
}

SEC("fexit/vm_mmap_pgoff")
int BPF_PROG(loader_mmap, struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
	     unsigned long flags, unsigned long pgoff, unsigned long mapped)
{
	if (!file || mapped >= -(unsigned long)MAX_ERRNO || !(prot & (PROT_READ | PROT_EXEC)))
		return 0;
	if (!(prot & PROT_EXEC) && !(bpf_get_current_task_btf()->personality & READ_IMPLIES_EXEC))
		return 0;
	return loader_send(LOADER_MAP, (__u64)file);
}

SEC("fexit/security_file_mprotect")
int BPF_PROG(loader_mprotect, struct vm_area_struct *vma, unsigned long asked, unsigned long prot, int refused)
{
	if (refused || !(prot & PROT_EXEC) || vma->vm_flags & VM_EXEC)
		return 0;
	return loader_send(LOADER_PROTECT, (__u64)vma->vm_file);
}

SEC("kprobe/perf_event_mmap")
int BPF_KPROBE(loader_perf, __u64 vma)
{
	if (!(kernel_load(struct vm_area_struct, vma, vm_flags) & VM_EXEC))
		return 0;
	return loader_send(LOADER_MAP, (__u64)kernel_load(struct vm_area_struct, vma, vm_file));
}

/*
 * Entries of other trees are no mappings; they are told apart last, for most mappings are not executable. What is entered
 * is shown once more where the tree is rearranged for it, under the name of an inner function.
 */
SEC("tp_btf/ma_write")
int BPF_PROG(loader_tree, const char *function, struct ma_state *state, unsigned long pivot, void *entry)
{
	struct mm_struct *mm;
	__u64 file, name = 0;

	if (!(kernel_load(struct vm_area_struct, entry, vm_flags) & VM_EXEC))
		return 0;
	mm = bpf_get_current_task_btf()->mm;
	if (!mm || state->tree != &mm->mm_mt)
		return 0;
	file = (__u64)kernel_load(struct vm_area_struct, entry, vm_file);
	if (!file || bpf_probe_read_kernel(&name, sizeof(name), function) || name != MAS_STORE)
		return 0;
	return loader_send(LOADER_MAP, file);
}
