// SPDX-License-Identifier: Apache-2.0
//
// exit-leader [STATUS]: the main thread ends first; two workers live on until
// they see it as a zombie. With STATUS the last worker ends the whole group
// with exit_group(STATUS), without it the workers just return.
#include "trigger.h"
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

static int group_status = -1;

static int leader_is_zombie(void)
{
	char path[64], line[512];
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	fd = must(open(path, O_RDONLY), path);
	n = read(fd, line, sizeof(line) - 1);
	must((int)n, path);
	close(fd);
	line[n] = 0;
	// The name stands in brackets and may hold any character.
	state = strrchr(line, ')');
	return state && state[1] == ' ' && state[2] == 'Z';
}

static void *worker(void *other)
{
	while (!leader_is_zombie())
		sched_yield();
	if (other)
		pthread_join(*(pthread_t *)other, NULL);
	if (other && group_status >= 0)
		syscall(SYS_exit_group, group_status);
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t first, last;

	if (argc > 1)
		group_status = atoi(argv[1]);
	if (pthread_create(&first, NULL, worker, NULL) || pthread_create(&last, NULL, worker, &first))
		die("pthread_create");
	// The system call ends this thread alone; libc's exit would end all.
	syscall(SYS_exit, 0);
}
