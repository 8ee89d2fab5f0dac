// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "layouts.h"

struct sample *unused_sample __attribute__((unused));
enum sample_op *unused_sample_op __attribute__((unused));

const volatile unsigned int abi_version = 1;

__attribute__((section("socket"), used)) int prog(void *ctx)
{
	return abi_version;
}
