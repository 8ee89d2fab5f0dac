// SPDX-License-Identifier: Apache-2.0
//
// symlink-at TARGET LINK: makes a symbolic link by symlinkat(2) and ends with
// the error number, 0 for none.
#include "trigger.h"
#include <sys/syscall.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("symlink-at TARGET LINK");
	return syscall(SYS_symlinkat, argv[1], AT_FDCWD, argv[2]) == 0 ? 0 : errno;
}
