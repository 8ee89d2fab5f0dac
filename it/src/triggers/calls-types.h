// SPDX-License-Identifier: Apache-2.0
// Structures of the trigger calls, whose types a policy can name.
#ifndef CALLS_TYPES_H
#define CALLS_TYPES_H

struct calls_label {
	const char *text;
	int length;
};

struct calls_point {
	int x;
	int y;
	struct calls_label label;
	struct calls_label *other;
};

#endif
