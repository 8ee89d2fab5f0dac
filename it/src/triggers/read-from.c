// SPDX-License-Identifier: Apache-2.0
//
// read-from PATH SIZE...: reads PATH by one read(2) per SIZE, through
// descriptor 77, into memory that was written to before.
#include "trigger.h"
#include <sys/syscall.h>

#define DESCRIPTOR 77

int main(int argc, char **argv)
{
	int i, fd;

	if (argc < 3)
		usage("read-from PATH SIZE...");
	fd = must(open(argv[1], O_RDONLY), argv[1]);
	must(dup2(fd, DESCRIPTOR), "dup2");
	for (i = 2; i < argc; i++) {
		size_t size = strtoul(argv[i], NULL, 0);
		char *bytes = malloc(size + 1);

		if (!bytes)
			die("malloc");
		memset(bytes, '.', size + 1);
		must((int)syscall(SYS_read, DESCRIPTOR, bytes, size), "read");
		free(bytes);
	}
	return 0;
}
