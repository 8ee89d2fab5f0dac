// SPDX-License-Identifier: Apache-2.0
//
// fork-noexec DEPTH [PROGRAM [ARG...]]: a chain of DEPTH forks without exec.
// The last of the chain executes PROGRAM if there is one. The process at depth
// D ends with status D (the first has depth 0), once its child has ended.
#include "trigger.h"

int main(int argc, char **argv)
{
	int depth, last;

	if (argc < 2)
		usage("fork-noexec DEPTH [PROGRAM [ARG...]]");
	last = atoi(argv[1]);
	for (depth = 0; depth < last; depth++) {
		pid_t pid = must(fork(), "fork");

		if (pid > 0) {
			wait_for(pid);
			return depth;
		}
	}
	if (argc > 2) {
		execv(argv[2], argv + 2);
		die("execv");
	}
	return depth;
}
