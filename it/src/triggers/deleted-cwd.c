// SPDX-License-Identifier: Apache-2.0
//
// deleted-cwd DIR PROGRAM [ARG...]: executes PROGRAM in DIR, which is made and
// removed just before.
#include "trigger.h"

int main(int argc, char **argv)
{
	if (argc < 3)
		usage("deleted-cwd DIR PROGRAM [ARG...]");
	must(mkdir(argv[1], 0700), "mkdir");
	must(chdir(argv[1]), "chdir");
	must(rmdir(argv[1]), "rmdir");
	execv(argv[2], argv + 2);
	die("execv");
}
