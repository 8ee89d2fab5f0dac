// SPDX-License-Identifier: Apache-2.0
//
// exec-deleted FILE PROGRAM [ARG...]: copies PROGRAM to FILE, opens FILE as
// descriptor 100, removes it and executes what the descriptor holds.
#define _GNU_SOURCE
#include "trigger.h"
#include <sys/syscall.h>

#define EXEC_FD 100

int main(int argc, char **argv)
{
	if (argc < 3)
		usage("exec-deleted FILE PROGRAM [ARG...]");
	copy_file(argv[2], argv[1], 0700);
	must(dup2(must(open(argv[1], O_RDONLY | O_CLOEXEC), argv[1]), EXEC_FD), "dup2");
	must(unlink(argv[1]), "unlink");
	syscall(SYS_execveat, EXEC_FD, "", argv + 2, environ, AT_EMPTY_PATH);
	die("execveat");
}
