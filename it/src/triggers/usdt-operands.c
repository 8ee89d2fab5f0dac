// SPDX-License-Identifier: Apache-2.0
//
// usdt-operands WHAT: passes trace points of the provider "test", each of
// which has its arguments in places of one kind. WHAT is
//   constant    5, -3, 255 and the same byte as a signed one
//   register    the parts of registers: -2 in 64, 32, 16 and 8 bits, 200 in the second lowest byte
//   memory      -7 on the stack, 77 in a static variable, 78 in the next one
//   indexed     the third of four ints by base and index, by index alone, and by a displacement; an 8-bit one
//   places      1 to 4, each at a place of its own, in an operand of its own
//   wide        a number as 32 bits at one place, as 64 at another
//   text        a text, and a buffer with its size
//   structure   a struct timespec of 5 s and 6 ns, by its address
//   nowhere     a number at address 0
//   guarded     7, if somebody listens; else the status is 3
//   set         the status is a variable that says 1, unless somebody changes it
//   real        a floating-point number in front of 9
// The status is 0 otherwise.
#include "trigger.h"
#include "probe.h"
#include <time.h>

PROBE_SEMAPHORE(guarded_semaphore);

static volatile int numbers[4] = { 70, 77, 78, 79 };
static volatile signed char bytes[4] = { 1, -1, 2, -2 };

static void constants(void)
{
	PROBE("constant", "-4@%[five] -8@$-3 1@$255 -1@$0xff", [five] "i"(5));
}

static void registers(void)
{
	long wide = -2;
	int high = 200 << 8;

	PROBE("register", "-8@%[wide] -4@%k[wide] -2@%w[wide] -1@%b[wide] 1@%h[high]", [wide] "r"(wide),
	      [high] "Q"(high));
}

static void memory(void)
{
	volatile int local = -7;

	PROBE("memory", "-4@%[local] -4@%[global] 4@4+%[global]", [local] "m"(local), [global] "m"(numbers[1]));
}

static void indexed(void)
{
	long two = 2;

	PROBE("indexed", "-4@(%[base],%[two],4) -4@-4(%[base],%[two],4) -4@(,%[quarter],8) -1@1(%[bytes],%[two])",
	      [base] "r"(numbers), [two] "r"(two), [quarter] "r"((long)&numbers[2] / 8), [bytes] "r"(bytes));
}

// Kept apart from each other, or the compiler might make one place of them.
static void places(void)
{
	long two = 2;
	volatile short three = 3;
	int four[1] = { 4 };

	PROBE("places", "-4@$1", "i"(0));
	PROBE("places", "-8@%[two]", [two] "r"(two));
	PROBE("places", "2@%[three]", [three] "m"(three));
	PROBE("places", "-4@(%[four])", [four] "r"(four));
}

static void wide(void)
{
	long number = 0x1ffffffffL;

	PROBE("wide", "-4@%k[number]", [number] "r"(number));
	PROBE("wide", "8@%[number]", [number] "r"(number));
}

static void text(void)
{
	PROBE("text", "8@%[text] 8@%[buffer] -4@%[size]", [text] "r"("a text"), [buffer] "r"("abcdefgh"), [size] "r"(5));
}

static void structure(void)
{
	struct timespec time = { .tv_sec = 5, .tv_nsec = 6 };

	PROBE("structure", "8@%[time]", [time] "r"(&time));
}

static void nowhere(void)
{
	PROBE("nowhere", "-4@(%[zero]) -4@$1", [zero] "r"(0L));
}

static int guarded(void)
{
	if (!guarded_semaphore)
		return 3;
	GUARDED_PROBE("guarded", guarded_semaphore, "-4@$7", "i"(0));
	return 0;
}

static int set(void)
{
	volatile int variable = 1;

	PROBE("set", "-4@%[variable] -8@$1", [variable] "m"(variable));
	return variable;
}

static void real(void)
{
	PROBE("real", "8f@%[real] -4@$9", [real] "x"(1.5));
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "constant") == 0)
		constants();
	else if (strcmp(what, "register") == 0)
		registers();
	else if (strcmp(what, "memory") == 0)
		memory();
	else if (strcmp(what, "indexed") == 0)
		indexed();
	else if (strcmp(what, "places") == 0)
		places();
	else if (strcmp(what, "wide") == 0)
		wide();
	else if (strcmp(what, "text") == 0)
		text();
	else if (strcmp(what, "structure") == 0)
		structure();
	else if (strcmp(what, "nowhere") == 0)
		nowhere();
	else if (strcmp(what, "guarded") == 0)
		return guarded();
	else if (strcmp(what, "set") == 0)
		return set();
	else if (strcmp(what, "real") == 0)
		real();
	else
		usage("usdt-operands constant|register|memory|indexed|places|wide|text|structure|nowhere|guarded|set|real");
	return 0;
}
