// SPDX-License-Identifier: Apache-2.0
//
// arguments TOKEN SUBJECT [STEP ARGUMENT...]...: makes a value, step by step, passes it to BPF programs by
// getppid(TOKEN, SUBJECT, value, size), and prints what the kernel says of it, if anything. Steps:
//   value N           a number; "size N" likewise
//   text TEXT         the address of a text
//   tail COUNT        that of COUNT bytes in front of memory that is not there
//   untouched         that of a page that was never used
//   buffers N TEXT... that of an array of N buffers
//   inet HOST PORT    that of an address; "inet6", "unix PATH" and "abstract NAME" likewise
//   open PATH         a file descriptor, and prints its path and mode; "deleted PATH", "pipe", "socket", "eventfd" and
//                     "memfd NAME" likewise
//   deep COUNT LENGTH that of COUNT folders with names of this length, one in the other
//   connected         that of a TCP socket; prints its ports
//   map NAME          that of a BPF map
//   upper             sets bits above those of a file descriptor
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define PAGE 4096

static unsigned long long value, size;
static const char *step;

static long check(long result)
{
	if (result >= 0)
		return result;
	fprintf(stderr, "%s: %s\n", step, strerror(errno));
	exit(2);
}

/* Where `count` bytes fit in front of memory that is not there. */
static char *before_nothing(size_t count)
{
	size_t room = (count + PAGE - 1) / PAGE * PAGE;
	char *at = mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(at == MAP_FAILED ? -1 : 0);
	check(munmap(at + room, PAGE));
	return at + room - count;
}

static void set_memory(const void *from, size_t count)
{
	char *at = before_nothing(count);

	memcpy(at, from, count);
	value = (unsigned long)at;
	size = count;
}

static void set_fd(int fd)
{
	char name[64], link[PATH_MAX];
	struct stat status;
	char *deleted;
	ssize_t length;

	value = check(fd);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	length = readlink(name, link, sizeof(link) - 1);
	if (length < 0)
		return;
	link[length] = 0;
	deleted = strstr(link, " (deleted)");
	if (deleted)
		*deleted = 0;
	check(fstat(fd, &status));
	printf("%s %o", link, status.st_mode);
}

static void tail(int count)
{
	char *at = before_nothing(count);
	int i;

	for (i = 0; i < count; i++)
		at[i] = 'a' + i % 26;
	value = (unsigned long)at;
	size = count;
}

static char **buffers(char **argument)
{
	int i, count = atoi(*argument++);
	struct iovec *vector = (struct iovec *)before_nothing(count * sizeof(*vector));

	for (i = 0; i < count; i++) {
		char *text = *argument ? *argument++ : "";

		vector[i].iov_len = strlen(text);
		vector[i].iov_base = before_nothing(vector[i].iov_len);
		memcpy(vector[i].iov_base, text, vector[i].iov_len);
	}
	value = (unsigned long)vector;
	size = count;
	return argument;
}

static void inet(const char *host, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, host, &address.sin_addr);
	set_memory(&address, sizeof(address));
}

static void inet6(const char *host, int port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	inet_pton(AF_INET6, host, &address.sin6_addr);
	set_memory(&address, sizeof(address));
}

static void unix_address(const char *name, int abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);

	memcpy(address.sun_path + abstract, name, length);
	/* A path that fills all its room has no NUL. */
	set_memory(&address, offsetof(struct sockaddr_un, sun_path) + abstract + length +
			     (!abstract && length < sizeof(address.sun_path)));
}

/* On a file system of its own that vanishes with the process. */
static void deep(int count, int length)
{
	char name[NAME_MAX + 1] = {};
	int i;

	check(unshare(CLONE_NEWNS));
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(mount("none", "/tmp", "tmpfs", 0, NULL));
	check(chdir("/tmp"));
	memset(name, 'd', length);
	for (i = 0; i < count; i++) {
		check(mkdir(name, 0700));
		check(chdir(name));
	}
	set_fd(open(".", O_RDONLY));
}

static void connected(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from;
	int listener = check(socket(AF_INET, SOCK_STREAM, 0)), fd = check(socket(AF_INET, SOCK_STREAM, 0));
	socklen_t length = sizeof(to);

	check(bind(listener, (struct sockaddr *)&to, sizeof(to)));
	check(listen(listener, 1));
	check(getsockname(listener, (struct sockaddr *)&to, &length));
	check(connect(fd, (struct sockaddr *)&to, sizeof(to)));
	check(getsockname(fd, (struct sockaddr *)&from, &length));
	printf("127.0.0.1:%d 127.0.0.1:%d", ntohs(from.sin_port), ntohs(to.sin_port));
	value = fd;
}

static int map(const char *name)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 77};

	strncpy(attr.map_name, name, sizeof(attr.map_name) - 1);
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

int main(int count, char **argument)
{
	unsigned long long token, subject;
	int fds[2];

	if (count < 3)
		return 1;
	token = strtoull(argument[1], NULL, 0);
	subject = strtoull(argument[2], NULL, 0);
	argument += 3;
	while (*argument) {
		step = *argument++;
		if (!strcmp(step, "value"))
			value = strtoull(*argument++, NULL, 0);
		else if (!strcmp(step, "size"))
			size = strtoull(*argument++, NULL, 0);
		else if (!strcmp(step, "text"))
			set_memory(*argument, strlen(*argument) + 1), argument++;
		else if (!strcmp(step, "tail"))
			tail(atoi(*argument++));
		else if (!strcmp(step, "untouched"))
			value = (unsigned long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		else if (!strcmp(step, "buffers"))
			argument = buffers(argument);
		else if (!strcmp(step, "inet"))
			inet(argument[0], atoi(argument[1])), argument += 2;
		else if (!strcmp(step, "inet6"))
			inet6(argument[0], atoi(argument[1])), argument += 2;
		else if (!strcmp(step, "unix"))
			unix_address(*argument++, 0);
		else if (!strcmp(step, "abstract"))
			unix_address(*argument++, 1);
		else if (!strcmp(step, "open"))
			set_fd(open(*argument++, O_RDONLY));
		else if (!strcmp(step, "deleted"))
			set_fd(open(*argument, O_RDWR | O_CREAT, 0640)), check(unlink(*argument++));
		else if (!strcmp(step, "pipe"))
			check(pipe(fds)), set_fd(fds[0]);
		else if (!strcmp(step, "socket"))
			set_fd(socket(AF_UNIX, SOCK_DGRAM, 0));
		else if (!strcmp(step, "eventfd"))
			set_fd(eventfd(0, 0));
		else if (!strcmp(step, "memfd"))
			set_fd(memfd_create(*argument++, 0));
		else if (!strcmp(step, "deep"))
			deep(atoi(argument[0]), atoi(argument[1])), argument += 2;
		else if (!strcmp(step, "connected"))
			connected();
		else if (!strcmp(step, "map"))
			value = check(map(*argument++));
		else if (!strcmp(step, "upper"))
			value |= 1ULL << 32;
		else
			return 1;
	}
	fflush(stdout);
	syscall(SYS_getppid, token, subject, value, size);
	return 0;
}
