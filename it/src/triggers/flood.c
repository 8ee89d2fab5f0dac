// SPDX-License-Identifier: Apache-2.0
//
// flood COUNT|SECONDSs PROGRAM: two spawners run PROGRAM by vfork and exec as
// fast as they can, COUNT times altogether or for that many seconds, and the
// number that ran is printed as "flood: spawned=N".
#include "trigger.h"
#include <sys/mman.h>
#include <time.h>

#define SPAWNERS 2

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// The tally lives in shared memory: a vfork child must not disturb it, and the
// first process reads it.
static void spawn_until(const char *program, long count, long deadline, volatile long *done)
{
	char *argv[] = { (char *)program, NULL };

	while (deadline ? now_ms() < deadline : *done < count) {
		pid_t pid = vfork();

		if (pid == 0) {
			execve(program, argv, environ);
			_exit(127);
		}
		if (wait_for(must(pid, "vfork")))
			die(program);
		++*done;
	}
}

int main(int argc, char **argv)
{
	long *done, total = 0, deadline = 0, count;
	char *unit;
	pid_t spawner[SPAWNERS];
	int i, failed = 0;

	if (argc != 3)
		usage("flood COUNT|SECONDSs PROGRAM");
	count = strtol(argv[1], &unit, 10);
	if (*unit == 's')
		deadline = now_ms() + count * 1000;
	done = mmap(NULL, sizeof(*done) * SPAWNERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED)
		die("mmap");
	for (i = 0; i < SPAWNERS; i++) {
		long share = count / SPAWNERS + (i < count % SPAWNERS);

		spawner[i] = must(fork(), "fork");
		if (spawner[i] == 0) {
			spawn_until(argv[2], share, deadline, &done[i]);
			_exit(0);
		}
	}
	for (i = 0; i < SPAWNERS; i++) {
		failed |= wait_for(spawner[i]);
		total += done[i];
	}
	printf("flood: spawned=%ld\n", total);
	return failed ? 2 : 0;
}
