// SPDX-License-Identifier: Apache-2.0
//
// try-mkdir FOLDER THREADS TIMES [compat|vfork|fork]: every thread tries to
// make directories FOLDER.T.N, one behind the other, and prints at the end
// "tried=N made=N denied=N", denied by EPERM; any other error ends it with 2.
// TIMES 0: until the end of standard input.
// compat uses the 32-bit interface, fork and vfork a new process for each try,
// whose death by a signal is counted as "killed=N".
#include "trigger.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define THREADS_MAX 64
#define PATH_SIZE 512
#define COMPAT_MKDIR 39

static const char *folder;
static enum { PLAIN, COMPAT, FORK, VFORK } way;
static long times;
static volatile int stop;
static struct counts {
	long tried, made, denied, killed;
} counts[THREADS_MAX];
// Below 4 GiB, so that the 32-bit interface can be told of them.
static char (*paths)[PATH_SIZE];

static int make(char *path)
{
	long result = -ENOSYS;

	if (way != COMPAT)
		return syscall(SYS_mkdir, path, 0700) == 0 ? 0 : errno;
#if defined(__x86_64__)
	__asm__ volatile("int $0x80" : "=a"(result)
			 : "0"((long)COMPAT_MKDIR), "b"(path), "c"(0700L)
			 : "r8", "r9", "r10", "r11", "memory");
#endif
	return (int)-result;
}

static int make_in_child(char *path, struct counts *count)
{
	pid_t child = way == VFORK ? vfork() : fork();
	int status;

	must(child, "fork");
	if (child == 0)
		_exit(make(path));
	status = wait_for(child);
	if (status > 128) {
		count->killed++;
		return -1;
	}
	return status;
}

static void *try_often(void *argument)
{
	long thread = (long)(intptr_t)argument, i;
	struct counts *count = &counts[thread];

	for (i = 0; times ? i < times : !stop; i++) {
		int error;

		snprintf(paths[thread], PATH_SIZE, "%s.%ld.%ld", folder, thread, i);
		count->tried++;
		error = way == FORK || way == VFORK ? make_in_child(paths[thread], count)
						    : make(paths[thread]);
		if (error == 0)
			count->made++;
		else if (error == EPERM)
			count->denied++;
		else if (error > 0) {
			errno = error;
			die(paths[thread]);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	struct counts sum = { 0 };
	long number, i;

	if (argc < 4 || argc > 5)
		usage("try-mkdir FOLDER THREADS TIMES [compat|vfork|fork]");
	folder = argv[1];
	number = strtol(argv[2], NULL, 0);
	times = strtol(argv[3], NULL, 0);
	if (argc == 5)
		way = !strcmp(argv[4], "compat") ? COMPAT : !strcmp(argv[4], "fork") ? FORK : VFORK;
	if (number < 1 || number > THREADS_MAX)
		usage("up to 64 threads");
	paths = mmap(NULL, THREADS_MAX * PATH_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (paths == MAP_FAILED)
		die("mmap");
	for (i = 0; i < number; i++) {
		errno = pthread_create(&threads[i], NULL, try_often, (void *)(intptr_t)i);
		if (errno)
			die("pthread_create");
	}
	if (!times) {
		while (read(STDIN_FILENO, &i, sizeof(i)) > 0)
			;
		stop = 1;
	}
	for (i = 0; i < number; i++) {
		errno = pthread_join(threads[i], NULL);
		if (errno)
			die("pthread_join");
		sum.tried += counts[i].tried;
		sum.made += counts[i].made;
		sum.denied += counts[i].denied;
		sum.killed += counts[i].killed;
	}
	printf("tried=%ld made=%ld denied=%ld killed=%ld\n", sum.tried, sum.made, sum.denied, sum.killed);
	return 0;
}
