// SPDX-License-Identifier: Apache-2.0
//
// attempt-steadily die | link PATH: tries something forbidden again and again,
// until standard input has ended; then prints "attempts=N succeeded=N".
//
// die: a child passes attempt() and the trace point test:attempt, calls lseek(2)
// with the whence that nobody else uses, and has succeeded if it lives on. link: a symbolic link is made at PATH, and removed.
#include "probe.h"
#include "seek.h"
#include <poll.h>

__attribute__((noipa)) void attempt(long offset)
{
	PROBE("attempt", "-8@%[offset]", [offset] "r"(offset));
	seek(offset);
}

static int lives_on(void)
{
	pid_t child = must(fork(), "fork");

	if (child == 0) {
		attempt(1);
		_exit(0);
	}
	return wait_for(child) == 0;
}

static int links(const char *path)
{
	if (symlinkat("/etc/forbidden", AT_FDCWD, path) < 0)
		return 0;
	must(unlink(path), "unlink");
	return 1;
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	long attempts = 0, succeeded = 0;
	int die = argc == 2 && strcmp(argv[1], "die") == 0;

	if (!die && !(argc == 3 && strcmp(argv[1], "link") == 0))
		usage("attempt-steadily die | link PATH");
	// The first is made before anybody can end the input, the others one a millisecond or less.
	do {
		attempts++;
		succeeded += die ? lives_on() : links(argv[2]);
	} while (must(poll(&input, 1, 1), "poll") == 0);
	printf("attempts=%ld succeeded=%ld\n", attempts, succeeded);
	return 0;
}
