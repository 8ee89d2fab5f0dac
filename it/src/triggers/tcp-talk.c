// SPDX-License-Identifier: Apache-2.0
//
// tcp-talk ADDRESS PORT [heir]: connects to a numeric address of IPv4 or IPv6,
// sends "hello" and closes the socket. With "heir" a child inherits the socket
// and is the last to close it.
#include "trigger.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	int is_v6, fd, ready[2];
	char c;

	if (argc < 3)
		usage("tcp-talk ADDRESS PORT [heir]");
	is_v6 = strchr(argv[1], ':') != NULL;
	v4.sin_port = v6.sin6_port = htons((unsigned short)strtoul(argv[2], NULL, 10));
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, argv[1],
		      is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
		usage("tcp-talk ADDRESS PORT [heir]");
	fd = must(socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0), "socket");
	if (is_v6)
		must(connect(fd, (struct sockaddr *)&v6, sizeof(v6)), "connect");
	else
		must(connect(fd, (struct sockaddr *)&v4, sizeof(v4)), "connect");
	must((int)send(fd, "hello", 5, 0), "send");
	if (argc > 3) {
		pid_t child;

		must(pipe(ready), "pipe");
		child = must(fork(), "fork");
		if (child == 0) {
			// Until the parent has closed its descriptor.
			close(ready[1]);
			must((int)read(ready[0], &c, 1), "read");
			close(fd);
			_exit(0);
		}
		close(fd);
		close(ready[1]);
		return wait_for(child);
	}
	close(fd);
	return 0;
}
