// SPDX-License-Identifier: Apache-2.0
//
// pace RATE COUNT PROGRAM: runs PROGRAM by vfork and exec COUNT times, RATE of
// them a second, and prints "pace: spawned=N". A start that comes late is made
// up for by the next ones.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000L

extern char **environ;

static void die(const char *what)
{
	fprintf(stderr, "pace: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void run(const char *program)
{
	char *argv[] = { (char *)program, NULL };
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execve(program, argv, environ);
		_exit(127);
	}
	if (pid < 0)
		die("vfork");
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	if (status != 0) {
		fprintf(stderr, "pace: %s ended with status %#x\n", program, status);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct timespec next;
	long rate, count, i;

	if (argc != 4 || (rate = atol(argv[1])) <= 0 || (count = atol(argv[2])) <= 0) {
		fprintf(stderr, "usage: pace RATE COUNT PROGRAM\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (i = 0; i < count; i++) {
		run(argv[3]);
		next.tv_nsec += SECOND / rate;
		if (next.tv_nsec >= SECOND) {
			next.tv_nsec -= SECOND;
			next.tv_sec++;
		}
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR)
			;
	}
	printf("pace: spawned=%ld\n", count);
	return 0;
}
