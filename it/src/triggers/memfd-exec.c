// SPDX-License-Identifier: Apache-2.0
//
// memfd-exec fd|proc PROGRAM [ARG...]: executes a copy of PROGRAM that lives
// in memory only, by execveat on descriptor 100 or by its name in /proc.
#define _GNU_SOURCE
#include "trigger.h"
#include <sys/mman.h>
#include <sys/syscall.h>

#define EXEC_FD 100

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3)
		usage("memfd-exec fd|proc PROGRAM [ARG...]");
	// A fixed descriptor, so that the path the kernel makes of it is known.
	fd = must(memfd_create("payload", MFD_CLOEXEC), "memfd_create");
	copy_into(argv[2], fd);
	must(dup2(fd, EXEC_FD), "dup2");
	if (!strcmp(argv[1], "proc"))
		execve("/proc/self/fd/100", argv + 2, environ);
	else
		syscall(SYS_execveat, EXEC_FD, "", argv + 2, environ, AT_EMPTY_PATH);
	die("exec");
}
