// SPDX-License-Identifier: Apache-2.0
//
// read-types FOLDER: makes a regular file and a FIFO in FOLDER and reads one
// byte of each, of /dev/zero and of a socket.
#include "trigger.h"
#include <sys/socket.h>

static void read_byte(int fd, const char *what)
{
	char c;

	if (read(fd, &c, 1) != 1)
		die(what);
	close(fd);
}

int main(int argc, char **argv)
{
	int pair[2], fd;

	if (argc != 2 || chdir(argv[1]))
		usage("read-types FOLDER");
	fd = must(open("regular", O_RDWR | O_CREAT | O_TRUNC, 0600), "regular");
	write_all(fd, "x", 1);
	must((int)lseek(fd, 0, SEEK_SET), "lseek");
	read_byte(fd, "regular");

	must(mkfifo("fifo", 0600), "fifo");
	fd = must(open("fifo", O_RDWR), "fifo");
	write_all(fd, "x", 1);
	read_byte(fd, "fifo");

	read_byte(must(open("/dev/zero", O_RDONLY), "/dev/zero"), "/dev/zero");

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	write_all(pair[1], "x", 1);
	read_byte(pair[0], "socket");
	return 0;
}
