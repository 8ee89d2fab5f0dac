// SPDX-License-Identifier: Apache-2.0
//
// many-args COUNT LENGTH [PROGRAM]: executes itself (or PROGRAM) with COUNT
// arguments of LENGTH bytes each; argument N starts with "N." and is filled with
// 'x'. The image that gets them reads standard input to its end and returns.
#include "trigger.h"

#define MARK "many-args-inner"

int main(int argc, char **argv)
{
	char c;
	int count, i;
	size_t length;
	char **list;

	if (!strcmp(argv[0], MARK)) {
		while (read(0, &c, 1) > 0)
			;
		return 0;
	}
	if (argc < 3)
		usage("many-args COUNT LENGTH [PROGRAM]");
	count = atoi(argv[1]);
	length = (size_t)atol(argv[2]);
	list = calloc((size_t)count + 2, sizeof(*list));
	if (!list)
		die("calloc");
	list[0] = MARK;
	for (i = 1; i <= count; i++) {
		char number[16];
		size_t used = (size_t)snprintf(number, sizeof(number), "%d.", i);

		list[i] = malloc(length + 1);
		if (!list[i])
			die("malloc");
		memset(list[i], 'x', length);
		memcpy(list[i], number, used < length ? used : length);
		list[i][length] = 0;
	}
	execv(argc > 3 ? argv[3] : "/proc/self/exe", list);
	die("execv");
}
