// SPDX-License-Identifier: Apache-2.0
//
// write-to PATH SIZE...: creates PATH and writes to it by one write(2) per
// SIZE, through descriptor 77. The bytes count through the alphabet.
#include "trigger.h"
#include <sys/syscall.h>

#define DESCRIPTOR 77

int main(int argc, char **argv)
{
	int i, fd;

	if (argc < 3)
		usage("write-to PATH SIZE...");
	fd = must(open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600), argv[1]);
	must(dup2(fd, DESCRIPTOR), "dup2");
	for (i = 2; i < argc; i++) {
		size_t size = strtoul(argv[i], NULL, 0), at;
		char *bytes = malloc(size + 1);

		if (!bytes)
			die("malloc");
		for (at = 0; at < size; at++)
			bytes[at] = (char)('a' + at % 26);
		must((int)syscall(SYS_write, DESCRIPTOR, bytes, size), "write");
		free(bytes);
	}
	return 0;
}
