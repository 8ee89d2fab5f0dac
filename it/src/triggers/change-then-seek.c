// SPDX-License-Identifier: Apache-2.0
//
// change-then-seek WHAT OFFSET: makes the process another than it was when it
// was executed, then calls lseek(2). WHAT is
//   uts         a new UTS namespace
//   user        a new user namespace, with all capabilities in it
//   nobody      user and group 65534, without capabilities
//   drop        CAP_SYS_ADMIN taken out of the effective set
//   toggle      CAP_SYS_CHROOT taken out of the effective set and put back
//   nothing     nothing
#define _GNU_SOURCE
#include "seek.h"
#include <linux/capability.h>
#include <sched.h>

static void set_effective(int capability, int on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	must((int)syscall(SYS_capget, &header, sets), "capget");
	if (on)
		sets[CAP_TO_INDEX(capability)].effective |= CAP_TO_MASK(capability);
	else
		sets[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	must((int)syscall(SYS_capset, &header, sets), "capset");
}

int main(int argc, char **argv)
{
	const char *what;

	if (argc != 3)
		usage("change-then-seek uts|user|nobody|drop|toggle|nothing OFFSET");
	what = argv[1];
	if (strcmp(what, "uts") == 0) {
		must(unshare(CLONE_NEWUTS), "unshare");
	} else if (strcmp(what, "user") == 0) {
		must(unshare(CLONE_NEWUSER), "unshare");
	} else if (strcmp(what, "nobody") == 0) {
		must(setgid(65534), "setgid");
		must(setuid(65534), "setuid");
	} else if (strcmp(what, "drop") == 0) {
		set_effective(CAP_SYS_ADMIN, 0);
	} else if (strcmp(what, "toggle") == 0) {
		set_effective(CAP_SYS_CHROOT, 0);
		set_effective(CAP_SYS_CHROOT, 1);
	} else if (strcmp(what, "nothing") != 0) {
		usage("change-then-seek uts|user|nobody|drop|toggle|nothing OFFSET");
	}
	seek(strtol(argv[2], NULL, 0));
	return 0;
}
