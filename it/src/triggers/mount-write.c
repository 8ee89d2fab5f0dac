// SPDX-License-Identifier: Apache-2.0
//
// mount-write FOLDER NAME: mounts a tmpfs on FOLDER where nobody else sees it,
// and writes one byte to the file NAME in it, through descriptor 77.
#define _GNU_SOURCE
#include "trigger.h"
#include <sched.h>
#include <sys/mount.h>

#define DESCRIPTOR 77

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3)
		usage("mount-write FOLDER NAME");
	must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	must(mount("trigger", argv[1], "tmpfs", 0, NULL), "tmpfs");
	must(chdir(argv[1]), argv[1]);
	fd = must(open(argv[2], O_WRONLY | O_CREAT, 0600), argv[2]);
	must(dup2(fd, DESCRIPTOR), "dup2");
	write_all(DESCRIPTOR, "x", 1);
	return 0;
}
