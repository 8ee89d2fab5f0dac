// SPDX-License-Identifier: Apache-2.0
//
// thread-exec PROGRAM [ARG...]: a thread that is not the leader executes
// PROGRAM; the kernel gives it the leader's identity.
#include "trigger.h"
#include <pthread.h>

static void *execute(void *argv)
{
	execv(((char **)argv)[0], argv);
	die("execv");
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2)
		usage("thread-exec PROGRAM [ARG...]");
	if (pthread_create(&thread, NULL, execute, argv + 1))
		die("pthread_create");
	pthread_join(thread, NULL);
	return 2;
}
