/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reads arguments as a hook would that the test configures, of what a process passes to getppid(). */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/hook/config.h>

DEFINE_OBJECT;

const volatile struct hook_config hook = {};

#include <tetragon/hook/readers.h>

/* Set before loading: what a process passes to getppid(), which has no arguments of its own, to be looked at. */
const volatile __u64 token = 0;
/* Set before loading: the number of that system call. */
const volatile __s64 call_number = -1;

ABI_TYPE(enum, hook_kind);
ABI_TYPE(struct, arg_number);
ABI_TYPE(struct, arg_bytes);
ABI_TYPE(struct, arg_path);
ABI_TYPE(struct, arg_sock);
ABI_TYPE(struct, arg_sockaddr);
ABI_TYPE(struct, arg_sockaddr_un);
ABI_TYPE(struct, arg_cred);
ABI_TYPE(struct, arg_user_namespace);
ABI_TYPE(struct, arg_bpf_map);
ABI_TYPE(struct, msg_generic_data);

/* What the value is made into before it is read: numbered in the order of the test's. */
enum subject {
	AS_IT_IS,
	FILE_OF_FD,
	PRIVATE_OF_FD,
	PATH_OF_FD,
	DENTRY_OF_FD,
	SOCK_OF_FD,
	CRED,
	USER_NAMESPACE,
	CAPABILITY_SET,
};

struct file___private {
	void *private_data;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_call);
} call_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

static __always_inline __u64 find(__u64 subject, __u64 value)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct socket *socket;
	struct file *file;

	switch (subject) {
	case AS_IT_IS:
		return value;
	case CRED:
		return (__u64)BPF_CORE_READ(task, cred);
	case USER_NAMESPACE:
		return (__u64)BPF_CORE_READ(task, cred, user_ns);
	case CAPABILITY_SET:
		return (__u64)BPF_CORE_READ(task, cred) + bpf_core_field_offset(struct cred, cap_effective);
	}
	file = (struct file *)file_of_fd(value);
	switch (subject) {
	case PRIVATE_OF_FD:
		return (__u64)BPF_CORE_READ((struct file___private *)file, private_data);
	case SOCK_OF_FD:
		socket = BPF_CORE_READ((struct file___private *)file, private_data);
		return (__u64)BPF_CORE_READ(socket, sk);
	case PATH_OF_FD:
		return (__u64)file + bpf_core_field_offset(struct file, f_path);
	case DENTRY_OF_FD:
		return (__u64)BPF_CORE_READ(file, f_path.dentry);
	}
	return (__u64)file;
}

static __always_inline void look(void *ctx, __u64 subject, __u64 value, __u64 size)
{
	__u32 zero = 0, i;
	struct hook_call *call = bpf_map_lookup_elem(&call_map, &zero);
	__u64 *count = bpf_map_lookup_elem(&calls, &zero);

	if (!call || !count)
		return;
	value = find(subject, value);
#pragma clang loop unroll(disable)
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (i >= hook.arguments)
			continue;
		hook_read(ctx, call, i, value, size);
		hook_send_data(call, i);
	}
	(*count)++;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(read_at_token, struct pt_regs *regs, long id)
{
	if (id == call_number && regs->di == token)
		look(ctx, regs->si, regs->dx, regs->r10);
	return 0;
}
