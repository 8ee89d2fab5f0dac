/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of credentials. */
#ifndef TETRAGON_HOOK_READ_CRED_H
#define TETRAGON_HOOK_READ_CRED_H

#include <tetragon/hook/slot.h>

/* A set is one word or two, by the kernel: eight bytes at this place. */
#define read_cap_set(to, cred, set)                                                                                    \
	bpf_probe_read_kernel(to, sizeof(__u64), (void *)(cred) + bpf_core_field_offset(struct cred, set))

static __noinline int read_cred(struct hook_call *call, __u32 index, __u64 cred)
{
	struct arg_cred *to = slot_fixed(&call->slot[index], struct arg_cred);
	__u64 ns;

	if (!kernel_address(cred))
		return -EFAULT;
	if (read_cap_set(&to->cred.caps.permitted, cred, cap_permitted) ||
	    read_cap_set(&to->cred.caps.effective, cred, cap_effective) ||
	    read_cap_set(&to->cred.caps.inheritable, cred, cap_inheritable))
		return -EFAULT;
	to->cred.uid = kernel_load(struct cred, cred, uid.val);
	to->cred.gid = kernel_load(struct cred, cred, gid.val);
	to->cred.suid = kernel_load(struct cred, cred, suid.val);
	to->cred.sgid = kernel_load(struct cred, cred, sgid.val);
	to->cred.euid = kernel_load(struct cred, cred, euid.val);
	to->cred.egid = kernel_load(struct cred, cred, egid.val);
	to->cred.fsuid = kernel_load(struct cred, cred, fsuid.val);
	to->cred.fsgid = kernel_load(struct cred, cred, fsgid.val);
	to->cred.securebits = kernel_load(struct cred, cred, securebits);
	ns = (__u64)kernel_load(struct cred, cred, user_ns);
	to->userns_level = kernel_load(struct user_namespace, ns, level);
	to->userns_uid = kernel_load(struct user_namespace, ns, owner.val);
	to->userns_gid = kernel_load(struct user_namespace, ns, group.val);
	to->userns_inum = kernel_load(struct user_namespace, ns, ns.inum);
	return 0;
}

static __noinline int read_user_namespace(struct hook_call *call, __u32 index, __u64 ns)
{
	struct arg_user_namespace *to = slot_fixed(&call->slot[index], struct arg_user_namespace);

	if (!kernel_address(ns))
		return -EFAULT;
	to->inum = kernel_load(struct user_namespace, ns, ns.inum);
	/* No namespace has the number 0, so there was none. */
	if (to->inum == 0)
		return -EFAULT;
	to->level = kernel_load(struct user_namespace, ns, level);
	to->uid = kernel_load(struct user_namespace, ns, owner.val);
	to->gid = kernel_load(struct user_namespace, ns, group.val);
	return 0;
}

#endif
