// SPDX-License-Identifier: Apache-2.0
//
// seek [wait] [child] [linger] OFFSET...: one lseek(2) per OFFSET. With "wait"
// not before standard input has ended, with "child" in a child that was forked
// at the very start. With "linger" it stays for some seconds, so that whoever
// looks for it in /proc finds it.
#include "seek.h"

int main(int argc, char **argv)
{
	int first = 1, waits = 0, forks = 0, lingers = 0, i;
	pid_t child;

	for (; first < argc; first++)
		if (strcmp(argv[first], "wait") == 0)
			waits = 1;
		else if (strcmp(argv[first], "child") == 0)
			forks = 1;
		else if (strcmp(argv[first], "linger") == 0)
			lingers = 1;
		else
			break;
	if (first == argc)
		usage("seek [wait] [child] [linger] OFFSET...");
	child = forks ? must(fork(), "fork") : 0;
	if (child > 0)
		return wait_for(child);
	if (waits)
		wait_for_input_end();
	for (i = first; i < argc; i++)
		seek(strtol(argv[i], NULL, 0));
	if (lingers)
		sleep(3);
	return 0;
}
