/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* No program, only the maps that all objects share: the agent creates them from this object before any other is loaded. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>
#include <tetragon/hook/config.h>
#include <tetragon/hook/notice.h>
#include <tetragon/hook/scratch.h>
#include <tetragon/policyfilter.h>

DEFINE_OBJECT;

ABI_TYPE(struct, msg_common);
ABI_TYPE(enum, process_account);
ABI_TYPE(enum, throttle_account);
ABI_TYPE(struct, hook_counters);
ABI_TYPE(struct, policy_conf);
ABI_TYPE(enum, policy_mode);
ABI_TYPE(enum, hook_account);
ABI_TYPE(struct, policy_filter);
ABI_TYPE(enum, policy_filter_flags);
ABI_TYPE(enum, policy_filter_ids);
ABI_TYPE(enum, policy_filter_limits);
ABI_TYPE(enum, container_hierarchy);
