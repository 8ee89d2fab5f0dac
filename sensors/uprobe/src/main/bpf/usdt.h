/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the program of a USDT is told of the places of its probe. */
#ifndef TETRAGON_USDT_H
#define TETRAGON_USDT_H

#include <tetragon/kernel.h>

/* <sys/sdt.h> has no more arguments. */
#define USDT_OPERANDS 12

enum usdt_form {
	/* No such argument, or nobody asks for it. */
	USDT_NONE,
	USDT_CONSTANT,
	USDT_REGISTER,
	/* In user memory, at value + base + (index << shift). */
	USDT_MEMORY,
	/* Not the same everywhere: the element of usdt_places that the attachment's cookie names has it. */
	USDT_BY_PLACE,
};

enum usdt_register {
	USDT_NO_REGISTER = 0xff,
};

/* Registers are numbered as in struct pt_regs. */
struct usdt_operand {
	__u8 form;
	/* Bytes of the number, 1, 2, 4 or 8, and whether it is signed. */
	__u8 width;
	__u8 is_signed;
	/* Of a register the bits below the part that is meant. */
	__u8 shift;
	__u8 base;
	__u8 index;
	__u16 pad;
	__s64 value;
};

/* By the probe's argument. */
struct usdt_place {
	struct usdt_operand operand[USDT_OPERANDS];
};

#endif
