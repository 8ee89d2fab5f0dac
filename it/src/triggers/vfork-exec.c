// SPDX-License-Identifier: Apache-2.0
//
// vfork-exec PROGRAM [ARG...]: runs PROGRAM in a vfork child, ends with its status.
#include "trigger.h"

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc < 2)
		usage("vfork-exec PROGRAM [ARG...]");
	pid = vfork();
	if (pid == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	return wait_for(must(pid, "vfork"));
}
