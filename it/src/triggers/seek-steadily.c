// SPDX-License-Identifier: Apache-2.0
//
// seek-steadily: lseek(2) with the offsets 1, 2, 3, ..., one a millisecond or
// less, until standard input has ended; then prints "seeks=N".
#include "seek.h"
#include <poll.h>

int main(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	long count = 0;

	while (must(poll(&input, 1, 1), "poll") == 0)
		seek(++count);
	printf("seeks=%ld\n", count);
	return 0;
}
