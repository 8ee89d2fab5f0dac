/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hits CALL COUNT: makes a call so many times and nothing else. CALL: lseek (fails with EBADF), read (a byte of a file whose
 * path is three names deep), getppid, function (one of its own, with the same arguments as lseek). Prints nanoseconds a call.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

__attribute__((noipa)) long hits_function(int fd, long offset, int whence)
{
	return fd + offset + whence;
}

int main(int argc, char **argv)
{
	long count, i;
	char byte;
	double began;
	int fd;

	if (argc != 3)
		return 2;
	count = atol(argv[2]);
	fd = open(argv[0], O_RDONLY);
	began = now();
	if (!strcmp(argv[1], "lseek"))
		for (i = 0; i < count; i++)
			syscall(SYS_lseek, -1, 0, 4444);
	else if (!strcmp(argv[1], "read"))
		for (i = 0; i < count; i++)
			syscall(SYS_pread64, fd, &byte, 1, 0);
	else if (!strcmp(argv[1], "getppid"))
		for (i = 0; i < count; i++)
			syscall(SYS_getppid);
	else if (!strcmp(argv[1], "function"))
		for (i = 0; i < count; i++)
			hits_function(-1, 0, 4444);
	else
		return 2;
	printf("%.1f\n", (now() - began) / count);
	return 0;
}
