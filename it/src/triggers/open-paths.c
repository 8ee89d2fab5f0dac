// SPDX-License-Identifier: Apache-2.0
//
// open-paths FLAGS PATH...: opens each path below the working directory, in
// order, with openat(2) and these flags (a number), and closes it again. A
// path that cannot be opened is passed over: the call is what counts.
#include "trigger.h"
#include <sys/syscall.h>

int main(int argc, char **argv)
{
	int i;

	if (argc < 3)
		usage("open-paths FLAGS PATH...");
	for (i = 2; i < argc; i++) {
		long fd = syscall(SYS_openat, AT_FDCWD, argv[i], strtol(argv[1], NULL, 0), 0600);

		if (fd >= 0)
			close((int)fd);
	}
	return 0;
}
