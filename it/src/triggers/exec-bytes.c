// SPDX-License-Identifier: Apache-2.0
//
// exec-bytes DIR PROGRAM NAME [ARG...]: copies PROGRAM to DIR/NAME, runs it with
// the ARGs in a child, removes the copy and ends with the child's status. NAME
// and the ARGs may hold any byte as \xHH: the JVM cannot pass such names itself.
#include "trigger.h"
#include <ctype.h>
#include <limits.h>

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void decode(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
		    isxdigit((unsigned char)text[3])) {
			*to++ = (char)(hex(text[2]) * 16 + hex(text[3]));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = 0;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	int i, status;
	pid_t pid;

	if (argc < 4)
		usage("exec-bytes DIR PROGRAM NAME [ARG...]");
	for (i = 3; i < argc; i++)
		decode(argv[i]);
	if (snprintf(path, sizeof(path), "%s/%s", argv[1], argv[3]) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		die(argv[1]);
	}
	copy_file(argv[2], path, 0700);
	pid = must(fork(), "fork");
	if (pid == 0) {
		execv(path, argv + 3);
		die("execv");
	}
	status = wait_for(pid);
	unlink(path);
	return status;
}
