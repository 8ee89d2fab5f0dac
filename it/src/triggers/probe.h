// SPDX-License-Identifier: Apache-2.0
//
// Static trace points (USDT) as tracers look for them: an instruction that
// does nothing, and a note in the file that tells its address, its name and
// where its arguments are at that moment. Written by hand, so that a trigger
// decides what its operands look like.
#ifndef PROBE_H
#define PROBE_H

// Whoever moves the file's addresses moves this section, too; the notes keep
// where the linker had put it.
#define PROBE_BASE_                                                            \
	"	.ifndef _.stapsdt.base\n"                                      \
	"	.pushsection .stapsdt.base, \"aG\", @progbits, .stapsdt.base, comdat\n" \
	"	.weak _.stapsdt.base\n"                                        \
	"	.hidden _.stapsdt.base\n"                                      \
	"_.stapsdt.base:\n"                                                    \
	"	.space 1\n"                                                    \
	"	.size _.stapsdt.base, 1\n"                                     \
	"	.popsection\n"                                                 \
	"	.endif\n"

#define PROBE_NOTE_(name, semaphore, arguments)                                \
	"10:	nop\n"                                                         \
	"	.pushsection .note.stapsdt, \"\", @note\n"                     \
	"	.balign 4\n"                                                   \
	"	.4byte 12f - 11f, 15f - 13f, 3\n"                              \
	"11:	.asciz \"stapsdt\"\n"                                          \
	"12:	.balign 4\n"                                                   \
	"13:	.8byte 10b, _.stapsdt.base, " semaphore "\n"                   \
	"	.asciz \"test\", \"" name "\", \"" arguments "\"\n"            \
	"15:	.balign 4\n"                                                   \
	"	.popsection\n" PROBE_BASE_

// The arguments are written like "-4@%[x] 8@$5"; behind them come the inputs
// of an asm statement that they name.
#define PROBE(name, arguments, ...)                                            \
	asm volatile(PROBE_NOTE_(name, "0", arguments) : : __VA_ARGS__ : "memory")

// One that costs its arguments only while somebody listens: the counter, a
// PROBE_SEMAPHORE, is not 0 then.
#define GUARDED_PROBE(name, semaphore, arguments, ...)                         \
	asm volatile(PROBE_NOTE_(name, #semaphore, arguments)                  \
		     : : __VA_ARGS__ : "memory")

#define PROBE_SEMAPHORE(semaphore)                                             \
	volatile unsigned short semaphore                                      \
		__attribute__((section(".probes"), used, visibility("hidden")))

#endif
