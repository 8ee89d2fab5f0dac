/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reads arguments as a hook would that is configured by the test, of the process that runs the program. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/hook/config.h>

DEFINE_OBJECT;

const volatile struct hook_config hook = {};

#include <tetragon/hook/readers.h>

/* What the test's value is made into before it is read. */
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

/* Context: enum subject, value, size. Returns the status. */
SEC("raw_tp/")
int read_argument(__u64 *ctx)
{
	__u64 value = find(ctx[0], ctx[1]), size = ctx[2];
	__u32 zero = 0, i;
	struct hook_call *call = bpf_map_lookup_elem(&call_map, &zero);
	int status = 0;

	if (!call)
		return 1;
	for (i = 0; i < HOOK_SLOTS; i++) {
		if (i < hook.arguments)
			status = hook_read(ctx, call, i, value, size);
	}
	return status;
}

/* Sends what the first argument, read before, has beyond its limit. */
SEC("raw_tp/")
int send_argument(__u64 *ctx)
{
	__u32 zero = 0;
	struct hook_call *call = bpf_map_lookup_elem(&call_map, &zero);

	if (call)
		hook_send_data(call, 0);
	return 0;
}
