// SPDX-License-Identifier: Apache-2.0
//
// vector-io write|read PATH SIZE...: one writev(2) or readv(2), through
// descriptor 77, with a buffer of each SIZE. The n-th buffer written holds the
// n-th letter. A file that is read is written first, without vectors.
#include "trigger.h"
#include <sys/syscall.h>
#include <sys/uio.h>

#define DESCRIPTOR 77
#define BUFFERS 16

int main(int argc, char **argv)
{
	struct iovec vector[BUFFERS];
	int i, fd, count = argc - 3, reads;

	if (count < 1 || count > BUFFERS)
		usage("vector-io write|read PATH SIZE...");
	reads = strcmp(argv[1], "read") == 0;
	fd = must(open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600), argv[2]);
	must(dup2(fd, DESCRIPTOR), "dup2");
	for (i = 0; i < count; i++) {
		vector[i].iov_len = strtoul(argv[i + 3], NULL, 0);
		vector[i].iov_base = malloc(vector[i].iov_len + 1);
		if (!vector[i].iov_base)
			die("malloc");
		memset(vector[i].iov_base, 'a' + i, vector[i].iov_len + 1);
		if (reads)
			write_all(fd, vector[i].iov_base, vector[i].iov_len);
	}
	if (reads) {
		must((int)lseek(DESCRIPTOR, 0, SEEK_SET), "lseek");
		for (i = 0; i < count; i++)
			memset(vector[i].iov_base, '.', vector[i].iov_len);
	}
	must((int)syscall(reads ? SYS_readv : SYS_writev, DESCRIPTOR, vector, count), "vector");
	return 0;
}
