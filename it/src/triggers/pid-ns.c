// SPDX-License-Identifier: Apache-2.0
//
// pid-ns init PROGRAM [ARG...]: runs PROGRAM as the first process of a new pid
// namespace.
// pid-ns inject PROGRAM [ARG...]: makes such a namespace with a first process
// that only waits, and runs PROGRAM in it as a process from outside.
#define _GNU_SOURCE
#include "trigger.h"
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

static pid_t spawn(char **argv)
{
	pid_t pid = must(fork(), "fork");

	if (pid == 0) {
		execv(argv[0], argv);
		die("execv");
	}
	return pid;
}

static int inject(char **argv)
{
	char path[64];
	int status;
	pid_t first = must(fork(), "fork");

	if (first == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", first);
	must(setns(must(open(path, O_RDONLY | O_CLOEXEC), path), CLONE_NEWPID), "setns");
	status = wait_for(spawn(argv));
	kill(first, SIGKILL);
	wait_for(first);
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		usage("pid-ns init|inject PROGRAM [ARG...]");
	must(unshare(CLONE_NEWPID), "unshare");
	return !strcmp(argv[1], "inject") ? inject(argv + 2) : wait_for(spawn(argv + 2));
}
