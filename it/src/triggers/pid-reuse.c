// SPDX-License-Identifier: Apache-2.0
//
// pid-reuse FIRST SECOND: runs the programs FIRST and SECOND one after the
// other in two processes that have the same pid.
#define _GNU_SOURCE
#include "trigger.h"
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

static pid_t fork_as(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = pid ? (uintptr_t)&pid : 0,
		.set_tid_size = pid ? 1 : 0,
	};

	return must((int)syscall(SYS_clone3, &args, sizeof(args)), "clone3");
}

static pid_t run(const char *program, pid_t as)
{
	char *argv[] = { (char *)program, NULL };
	pid_t pid = fork_as(as);

	if (pid == 0) {
		execv(program, argv);
		die("execv");
	}
	wait_for(pid);
	return pid;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("pid-reuse FIRST SECOND");
	run(argv[2], run(argv[1], 0));
	return 0;
}
