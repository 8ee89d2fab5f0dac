// SPDX-License-Identifier: Apache-2.0
/*
 * calls WHAT [ARG...]...: calls functions of its own that a policy can hook; the status is what the last one returns.
 *   add A B, check TEXT, literal, fill N, count, deep N, point X Y, local A
 */
#include "calls-types.h"
#include "trigger.h"

#define HOOKED __attribute__((noipa))

/* A reference counter, as USDTs have them: the kernel counts programs that are attached to its function. */
volatile unsigned short calls_counter __attribute__((section(".probes")));

/* Nothing else of the program is near enough to bring the text's page in with it. */
static const struct {
	char before[1 << 16];
	char text[1 << 16];
} literal __attribute__((aligned(1 << 16))) = { "", "a text that was never touched" };

HOOKED int calls_add(int a, int b)
{
	return a + b;
}

HOOKED int calls_check(const char *what)
{
	return what ? 0 : 1;
}

/* Runs in place of calls_check() where a policy says so. */
HOOKED int calls_instead(const char *what)
{
	return what ? 42 : 43;
}

HOOKED int calls_fill(char *buffer, int size)
{
	for (int i = 0; i < size; i++)
		buffer[i] = 'a' + i % 26;
	return size;
}

HOOKED int calls_count(void)
{
	return calls_counter;
}

/* Enough on the stack for every level to be told apart by where it is. */
HOOKED int calls_deep(int level)
{
	char place[64];

	memset(place, level, sizeof(place));
	__asm__ volatile("" : : "r"(place) : "memory");
	return level > 0 ? calls_deep(level - 1) + 1 : 0;
}

HOOKED int calls_point(struct calls_point *point)
{
	return point->x + point->y;
}

static HOOKED int calls_local(int a)
{
	return a;
}

int main(int argc, char **argv)
{
	char buffer[64] = "";
	int result = 0;
	int at = 1;

	while (at < argc) {
		const char *what = argv[at++];
		const char *one = at < argc ? argv[at] : "0";
		const char *two = at + 1 < argc ? argv[at + 1] : "0";

		if (strcmp(what, "add") == 0) {
			result = calls_add(atoi(one), atoi(two));
			at += 2;
		} else if (strcmp(what, "check") == 0) {
			result = calls_check(one);
			at++;
		} else if (strcmp(what, "literal") == 0) {
			result = calls_check(literal.text);
		} else if (strcmp(what, "fill") == 0) {
			result = calls_fill(buffer, atoi(one) % (int)sizeof(buffer));
			at++;
		} else if (strcmp(what, "count") == 0) {
			result = calls_count();
		} else if (strcmp(what, "deep") == 0) {
			result = calls_deep(atoi(one));
			at++;
		} else if (strcmp(what, "point") == 0) {
			struct calls_label other = { "far", 3 };
			struct calls_point point = { atoi(one), atoi(two), { "near", 4 }, &other };

			result = calls_point(&point);
			at += 2;
		} else if (strcmp(what, "local") == 0) {
			result = calls_local(atoi(one));
			at++;
		} else if (strcmp(what, "instead") == 0) {
			result = calls_instead(one);
			at++;
		} else {
			return 99;
		}
	}
	return result;
}
