// SPDX-License-Identifier: Apache-2.0
//
// load-module PATH: asks the kernel to load a file as a module. It has to be
// none, so that the kernel reads and then refuses it.
#include "trigger.h"
#include <sys/syscall.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		usage("load-module PATH");
	fd = must(open(argv[1], O_RDONLY), argv[1]);
	if (syscall(SYS_finit_module, fd, "", 0) == 0) {
		fprintf(stderr, "%s was loaded\n", argv[1]);
		return 2;
	}
	return 0;
}
