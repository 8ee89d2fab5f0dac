/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* No program, only the maps that all objects share: the agent creates them from this object before any other is loaded. */
#include <tetragon/kernel.h>
#include <tetragon/abi.h>
#include <tetragon/maps.h>

DEFINE_OBJECT;

/* Makes the compiler emit the types that only the agent reads. */
const struct msg_common *msg_common_type __attribute__((unused));
enum process_account process_account_type __attribute__((unused));
