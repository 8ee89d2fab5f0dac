/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* As if it had been compiled with the headers of another version. */
#include "flood.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
const volatile __u32 abi_version = 9999;
