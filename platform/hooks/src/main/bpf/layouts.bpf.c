/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* No program, only the types that the agent and the generic hook programs have in common: their layouts are read off here. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/hook/config.h>
#include <tetragon/hook/record.h>

DEFINE_OBJECT;

ABI_TYPE(struct, msg_common);
ABI_TYPE(struct, msg_generic);
ABI_TYPE(struct, msg_argument);
ABI_TYPE(struct, msg_generic_data);
ABI_TYPE(struct, arg_number);
ABI_TYPE(struct, arg_bytes);
ABI_TYPE(struct, arg_path);
ABI_TYPE(struct, arg_sock);
ABI_TYPE(struct, arg_skb);
ABI_TYPE(struct, arg_sockaddr);
ABI_TYPE(struct, arg_sockaddr_un);
ABI_TYPE(struct, arg_cred);
ABI_TYPE(struct, arg_user_namespace);
ABI_TYPE(struct, arg_bpf_program);
ABI_TYPE(struct, arg_bpf_map);
ABI_TYPE(struct, arg_perf_event);
ABI_TYPE(struct, arg_module);
ABI_TYPE(struct, hook_config);
ABI_TYPE(struct, hook_argument);
ABI_TYPE(struct, hook_step);
ABI_TYPE(struct, hook_selector);
ABI_TYPE(struct, hook_filter);
ABI_TYPE(struct, hook_action);
ABI_TYPE(struct, hook_range);
ABI_TYPE(struct, hook_cel);
ABI_TYPE(struct, hook_text_key);
ABI_TYPE(struct, hook_long_text);
ABI_TYPE(struct, hook_substring);
ABI_TYPE(struct, hook_number_key);
ABI_TYPE(struct, hook_address_key);
ABI_TYPE(struct, hook_counters);
ABI_TYPE(struct, policy_conf);
ABI_TYPE(enum, msg_op);
ABI_TYPE(enum, msg_generic_flags);
ABI_TYPE(enum, hook_kind);
ABI_TYPE(enum, hook_source);
ABI_TYPE(enum, hook_argument_flags);
ABI_TYPE(enum, hook_subject);
ABI_TYPE(enum, hook_view);
ABI_TYPE(enum, hook_operator);
ABI_TYPE(enum, hook_filter_flags);
ABI_TYPE(enum, hook_action_kind);
ABI_TYPE(enum, hook_action_flags);
ABI_TYPE(enum, hook_rate_scope);
ABI_TYPE(enum, hook_cel_operation);
ABI_TYPE(enum, hook_flags);
ABI_TYPE(enum, policy_mode);
ABI_TYPE(enum, hook_limits);
