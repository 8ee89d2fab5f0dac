// SPDX-License-Identifier: Apache-2.0
//
// usdt: passes the trace point test:usdt3 with a 32-bit 1 and a 64-bit 42.
#include "probe.h"

int main(void)
{
	int one = 1;
	long answer = 42;

	PROBE("usdt3", "-4@%[one] -8@%[answer] 8@%[where]", [one] "r"(one), [answer] "m"(answer), [where] "r"(&one));
	return 0;
}
