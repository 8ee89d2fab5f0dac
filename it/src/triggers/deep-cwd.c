// SPDX-License-Identifier: Apache-2.0
//
// deep-cwd BASE LENGTH PROGRAM [ARG...]: makes directories below BASE until the
// path of the deepest is LENGTH bytes long or a little more (it may pass
// PATH_MAX), runs PROGRAM there in a child, removes the directories again.
#include "trigger.h"

#define PIECE 199

int main(int argc, char **argv)
{
	char name[PIECE + 1];
	size_t length, want;
	int depth = 0, status;
	pid_t pid;

	if (argc < 4)
		usage("deep-cwd BASE LENGTH PROGRAM [ARG...]");
	want = (size_t)atol(argv[2]);
	must(chdir(argv[1]), argv[1]);
	for (length = strlen(argv[1]); length < want; length += PIECE + 1) {
		memset(name, 'a' + depth % 26, PIECE);
		name[PIECE] = 0;
		must(mkdir(name, 0700), "mkdir");
		must(chdir(name), "chdir");
		depth++;
	}
	pid = must(fork(), "fork");
	if (pid == 0) {
		execv(argv[3], argv + 3);
		die("execv");
	}
	status = wait_for(pid);
	while (depth-- > 0) {
		memset(name, 'a' + depth % 26, PIECE);
		must(chdir(".."), "chdir");
		must(rmdir(name), "rmdir");
	}
	return status;
}
