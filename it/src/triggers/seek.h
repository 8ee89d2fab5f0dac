// SPDX-License-Identifier: Apache-2.0
//
// lseek(2) on no descriptor: a call with three numbers that does nothing and
// that nothing else on a machine makes with this `whence`.
#ifndef SEEK_H
#define SEEK_H

#include "trigger.h"
#include <sys/syscall.h>

#define WHENCE 4444

static inline void seek(long offset)
{
	syscall(SYS_lseek, -1L, offset, (long)WHENCE);
}

// Returns when standard input has ended.
static inline void wait_for_input_end(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
}

#endif
