// SPDX-License-Identifier: Apache-2.0
//
// unix-connect PATH|@NAME: connects to a UNIX socket, @ for an abstract name.
// Nobody has to listen there: the call is what counts.
#include "trigger.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		usage("unix-connect PATH|@NAME");
	length = strlen(argv[1]);
	memcpy(address.sun_path, argv[1], length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = 0;
	fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0)
		close(fd);
	return 0;
}
