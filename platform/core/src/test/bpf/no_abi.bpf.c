/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* As if it had been compiled without our headers. */
#include "flood.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
