/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of what observes the kernel: BPF programs and maps, perf events. */
#ifndef TETRAGON_HOOK_READ_BPF_H
#define TETRAGON_HOOK_READ_BPF_H

#include <tetragon/hook/slot.h>

/* Of union bpf_attr for BPF_PROG_LOAD, which is user space ABI. */
#define BPF_ATTR_PROG_NAME 48

/* Types of perf events below this one are the kernel's own; probes have one of those given out later. */
#define PERF_TYPE_MAX 6

static __always_inline int read_bpf_attr(struct hook_call *call, __u32 index, __u64 attr)
{
	struct arg_bpf_program *program = slot_fixed(&call->slot[index], struct arg_bpf_program);

	if (read_memory(&program->type, 2 * sizeof(__u32), attr))
		return -EFAULT;
	/* Callers may pass a shorter union that ends before. */
	if (read_memory(program->name, sizeof(program->name), attr + BPF_ATTR_PROG_NAME))
		program->name[0] = 0;
	return 0;
}

static __always_inline int read_bpf_prog(struct hook_call *call, __u32 index, __u64 prog)
{
	struct arg_bpf_program *program = slot_fixed(&call->slot[index], struct arg_bpf_program);
	__u64 aux;

	if (!kernel_address(prog))
		return -EFAULT;
	program->type = kernel_load(struct bpf_prog, prog, type);
	program->instructions = kernel_load(struct bpf_prog, prog, len);
	aux = (__u64)kernel_load(struct bpf_prog, prog, aux);
	if (bpf_probe_read_kernel(program->name, sizeof(program->name),
				  (void *)aux + bpf_core_field_offset(struct bpf_prog_aux, name)))
		return -EFAULT;
	return 0;
}

static __always_inline int read_bpf_map(struct hook_call *call, __u32 index, __u64 address)
{
	struct arg_bpf_map *map = slot_fixed(&call->slot[index], struct arg_bpf_map);

	if (!kernel_address(address))
		return -EFAULT;
	if (bpf_probe_read_kernel(map->name, sizeof(map->name),
				  (void *)address + bpf_core_field_offset(struct bpf_map, name)))
		return -EFAULT;
	map->type = kernel_load(struct bpf_map, address, map_type);
	map->key_size = kernel_load(struct bpf_map, address, key_size);
	map->value_size = kernel_load(struct bpf_map, address, value_size);
	map->max_entries = kernel_load(struct bpf_map, address, max_entries);
	return 0;
}

/* The probed function's name is still where the caller has it: without it the event is as good as it can be. */
static __always_inline int read_perf_event(struct hook_call *call, __u32 index, __u64 address)
{
	struct arg_perf_event *event = slot_fixed(&call->slot[index], struct arg_perf_event);
	__u64 function;

	if (!kernel_address(address))
		return -EFAULT;
	event->type = kernel_load(struct perf_event, address, attr.type);
	event->config = kernel_load(struct perf_event, address, attr.config);
	event->probe_offset = kernel_load(struct perf_event, address, attr.probe_offset);
	function = kernel_load(struct perf_event, address, attr.kprobe_func);
	if (event->type >= PERF_TYPE_MAX && function && !kernel_address(function))
		slot_read_text(call, index, function);
	return 0;
}

#endif
