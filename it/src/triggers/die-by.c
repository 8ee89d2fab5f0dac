// SPDX-License-Identifier: Apache-2.0
//
// die-by SIGNAL [core]: ends by that signal; with "core" it first allows a core
// file, without it forbids one.
#include "trigger.h"
#include <signal.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct rlimit limit = { 0, 0 };
	sigset_t all;

	if (argc < 2)
		usage("die-by SIGNAL [core]");
	if (argc > 2) {
		must(getrlimit(RLIMIT_CORE, &limit), "getrlimit");
		limit.rlim_cur = limit.rlim_max;
	}
	must(setrlimit(RLIMIT_CORE, &limit), "setrlimit");
	// A parent may have blocked or ignored it.
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(atoi(argv[1]), SIG_DFL);
	raise(atoi(argv[1]));
	return 2;
}
