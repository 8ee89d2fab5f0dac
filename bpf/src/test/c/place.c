// SPDX-License-Identifier: Apache-2.0
//
// place TOKEN [STEP ARGUMENT...]...: goes to a place in the file system, step by step, lets BPF programs look at
// itself there by getppid(TOKEN), and tells what the kernel says of the place. All mounts are its own and vanish
// with it. Steps:
//   own             a mount namespace of its own
//   mkdir DIR       makes a folder
//   cd DIR          enters it
//   deep COUNT LEN  makes and enters COUNT folders with names of LEN bytes, one in the other
//   tmpfs DIR       mounts a fresh file system there
//   bind FROM TO    mounts a folder a second time
//   chroot DIR      makes it the root; the working directory stays where it is
//   rmdir DIR       removes a folder
//   detach DIR      unmounts what is there though it is in use
//   ids R E S       changes the user ids
//   gids R E S      changes the group ids
//   spaces          namespaces of its own for uts, ipc, net and cgroup
//   init            goes on as the first process of a pid namespace
//   thread          goes on in a second thread
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status for a machine that cannot do a step. */
#define SKIPPED 77

static const char *step;

static void check(int failed)
{
	if (!failed)
		return;
	fprintf(stderr, "%s: %s\n", step, strerror(errno));
	exit(2);
}

static void deep(int count, int length)
{
	char name[NAME_MAX + 1];
	int i;

	memset(name, 'd', length);
	name[length] = 0;
	for (i = 0; i < count; i++) {
		check(mkdir(name, 0700));
		check(chdir(name));
	}
}

static void become_init(void)
{
	int status;
	pid_t child;

	check(unshare(CLONE_NEWPID));
	child = fork();
	check(child < 0);
	if (child == 0)
		return;
	check(waitpid(child, &status, 0) < 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

static void show(unsigned long mark)
{
	static const char *const kinds[] = {"uts", "ipc", "mnt", "pid", "pid_for_children", "net", "time",
					    "time_for_children", "cgroup", "user"};
	char path[PATH_MAX], link[64];
	struct stat ns;
	unsigned int i;

	syscall(SYS_getppid, mark);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(link, sizeof(link), "/proc/thread-self/ns/%s", kinds[i]);
		printf("%s\n", stat(link, &ns) ? "0" : (snprintf(link, sizeof(link), "%lu", ns.st_ino), link));
	}
	printf("%s", syscall(SYS_getcwd, path, sizeof(path)) < 0 ? strerror(errno) : path);
}

static unsigned long token;

static void *go_on(void *steps);

static void become_thread(char **steps)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, go_on, steps);
	check(errno);
	errno = pthread_join(thread, NULL);
	check(errno);
	exit(0);
}

static void *go_on(void *steps)
{
	char **arg = steps;

	while ((step = *arg++)) {
		if (!strcmp(step, "own")) {
			check(unshare(CLONE_NEWNS));
			/* In a chroot the root is no mount, and what is mounted here might be seen outside. */
			if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
				printf("/ is no mount of its own: %s", strerror(errno));
				exit(SKIPPED);
			}
		} else if (!strcmp(step, "mkdir")) {
			check(mkdir(*arg++, 0700));
		} else if (!strcmp(step, "cd")) {
			check(chdir(*arg++));
		} else if (!strcmp(step, "deep")) {
			deep(atoi(arg[0]), atoi(arg[1]));
			arg += 2;
		} else if (!strcmp(step, "tmpfs")) {
			check(mount("tmpfs", *arg++, "tmpfs", 0, NULL));
		} else if (!strcmp(step, "bind")) {
			check(mount(arg[0], arg[1], NULL, MS_BIND, NULL));
			arg += 2;
		} else if (!strcmp(step, "chroot")) {
			check(chroot(*arg++));
		} else if (!strcmp(step, "rmdir")) {
			check(rmdir(*arg++));
		} else if (!strcmp(step, "detach")) {
			check(umount2(*arg++, MNT_DETACH));
		} else if (!strcmp(step, "ids")) {
			check(setresuid(atoi(arg[0]), atoi(arg[1]), atoi(arg[2])));
			arg += 3;
		} else if (!strcmp(step, "gids")) {
			check(setresgid(atoi(arg[0]), atoi(arg[1]), atoi(arg[2])));
			arg += 3;
		} else if (!strcmp(step, "spaces")) {
			check(unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP));
		} else if (!strcmp(step, "init")) {
			become_init();
		} else if (!strcmp(step, "thread")) {
			become_thread(arg);
		} else {
			fprintf(stderr, "no step %s\n", step);
			exit(1);
		}
	}
	show(token);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	token = strtoul(argv[1], NULL, 0);
	go_on(argv + 2);
	return 0;
}
