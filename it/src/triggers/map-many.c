// SPDX-License-Identifier: Apache-2.0
//
// map-many COUNT FOLDER: maps a file with the longest path there can be COUNT
// times, executable, and behind all of these a memfd named "last", which is
// told by its mapping alone; then waits to be ended.
#define _GNU_SOURCE
#include "trigger.h"
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096UL
#define DEPTH 15

int main(int argc, char **argv)
{
	unsigned long count, i;
	char name[251], *area;
	int fd;

	if (argc != 3)
		usage("map-many COUNT FOLDER");
	count = strtoul(argv[1], NULL, 10);
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	must(chdir(argv[2]), "chdir");
	for (i = 0; i < DEPTH; i++) {
		must(mkdir(name, 0755), "mkdir");
		must(chdir(name), "chdir");
	}
	fd = must(open("mapped", O_RDWR | O_CREAT, 0755), "open");
	must(ftruncate(fd, PAGE), "ftruncate");
	// With holes, or they would be one.
	area = mmap(NULL, (2 * count + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	munmap(area, (2 * count + 2) * PAGE);
	for (i = 0; i < count; i++) {
		if (mmap(area + 2 * i * PAGE, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
			die("mmap of the file");
	}
	fd = must(memfd_create("last", MFD_CLOEXEC), "memfd_create");
	must(ftruncate(fd, PAGE), "ftruncate");
	if (mmap(area + 2 * count * PAGE, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		die("mmap of the memfd");
	pause();
	return 0;
}
