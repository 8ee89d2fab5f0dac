/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Readers of kernel modules. */
#ifndef TETRAGON_HOOK_READ_MODULE_H
#define TETRAGON_HOOK_READ_MODULE_H

#include <tetragon/hook/slot.h>

/* A module that is being loaded; in the beginning it has a name at most. */
static __always_inline int read_load_info(struct hook_call *call, __u32 index, __u64 info)
{
	struct arg_module *module = slot_fixed(&call->slot[index], struct arg_module);
	__u64 name, loaded;

	if (!kernel_address(info))
		return -EFAULT;
	name = (__u64)kernel_load(struct load_info, info, name);
	loaded = (__u64)kernel_load(struct load_info, info, mod);
	if (bpf_core_field_exists(((struct load_info *)0)->sig_ok))
		module->signature_ok = kernel_load(struct load_info, info, sig_ok);
	if (loaded)
		module->taints = kernel_load(struct module, loaded, taints);
	return name ? slot_read_text(call, index, name) : 0;
}

static __always_inline int read_module(struct hook_call *call, __u32 index, __u64 address)
{
	struct arg_module *module = slot_fixed(&call->slot[index], struct arg_module);

	if (!kernel_address(address))
		return -EFAULT;
	module->taints = kernel_load(struct module, address, taints);
	return slot_read_text(call, index, address + bpf_core_field_offset(struct module, name));
}

#endif
