// SPDX-License-Identifier: Apache-2.0
//
// udp-send ADDRESS PORT: sends one datagram "hello" to a numeric IPv4 address.
#include "trigger.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		usage("udp-send ADDRESS PORT");
	to.sin_port = htons((unsigned short)strtoul(argv[2], NULL, 10));
	fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	must((int)sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), "sendto");
	return 0;
}
