// SPDX-License-Identifier: Apache-2.0
//
// What the trigger programs share: each does one thing a sensor must report
// and ends with status 2 and one line on standard error when it cannot.
#ifndef TRIGGER_H
#define TRIGGER_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static inline __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(2);
}

static inline __attribute__((noreturn)) void usage(const char *text)
{
	fprintf(stderr, "usage: %s\n", text);
	_exit(2);
}

static inline int must(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static inline void write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			die("write");
		data += n;
		len -= (size_t)n;
	}
}

static inline void copy_into(const char *from, int out)
{
	char buf[65536];
	int in = must(open(from, O_RDONLY | O_CLOEXEC), from);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		write_all(out, buf, (size_t)n);
	must((int)n, "read");
	close(in);
}

// The copy is closed for writing before this returns, so it can be executed.
static inline void copy_file(const char *from, const char *to, mode_t mode)
{
	int out = must(open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700), to);

	copy_into(from, out);
	must(fchmod(out, mode), "fchmod");
	close(out);
}

// Waits for a child and gives its status the way a shell does.
static inline int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif
