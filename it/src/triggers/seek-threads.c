// SPDX-License-Identifier: Apache-2.0
//
// seek-threads PROCESSES THREADS TIMES OFFSET: forked processes with threads
// that each make the same lseek(2) several times, one thread after the other.
#include "seek.h"
#include <pthread.h>

static long times, offset;

static void *seek_often(void *unused)
{
	long i;

	(void)unused;
	for (i = 0; i < times; i++)
		seek(offset);
	return NULL;
}

static void run_threads(long threads)
{
	pthread_t thread;
	long i;

	for (i = 0; i < threads; i++) {
		errno = pthread_create(&thread, NULL, seek_often, NULL);
		if (errno)
			die("pthread_create");
		errno = pthread_join(thread, NULL);
		if (errno)
			die("pthread_join");
	}
}

int main(int argc, char **argv)
{
	long processes, i;

	if (argc != 5)
		usage("seek-threads PROCESSES THREADS TIMES OFFSET");
	processes = strtol(argv[1], NULL, 0);
	times = strtol(argv[3], NULL, 0);
	offset = strtol(argv[4], NULL, 0);
	for (i = 0; i < processes; i++) {
		pid_t child = must(fork(), "fork");

		if (child == 0) {
			run_threads(strtol(argv[2], NULL, 0));
			_exit(0);
		}
		if (wait_for(child))
			return 2;
	}
	return 0;
}
