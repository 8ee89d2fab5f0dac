// SPDX-License-Identifier: Apache-2.0
//
// compat-call NUMBER A B C: a system call of the 32-bit interface from this
// 64-bit program. Ends with 3 where the kernel has no such interface.
#include "trigger.h"
#include <signal.h>

static void missing(int signal)
{
	(void)signal;
	_exit(3);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		usage("compat-call NUMBER A B C");
	signal(SIGSEGV, missing);
#if defined(__x86_64__)
	{
		long number = strtol(argv[1], NULL, 0);
		long a = strtol(argv[2], NULL, 0);
		long b = strtol(argv[3], NULL, 0);
		long c = strtol(argv[4], NULL, 0);

		__asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c)
				 : "r8", "r9", "r10", "r11", "memory");
		return number == -ENOSYS ? 3 : 0;
	}
#else
	return 3;
#endif
}
