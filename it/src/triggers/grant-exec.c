// SPDX-License-Identifier: Apache-2.0
//
// grant-exec setuid:UID|setgid:GID|filecap FILE PROGRAM [ARG...]: copies PROGRAM
// to FILE with that privilege on it, becomes nobody (65534) and executes FILE.
// The file capability is CAP_NET_RAW, permitted and effective, written as the
// extended attribute itself so that no setcap(8) is needed.
#define _GNU_SOURCE
#include "trigger.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/xattr.h>

#define NOBODY 65534

static void grant_cap(const char *file)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1u << CAP_NET_RAW,
	};

	must(setxattr(file, "security.capability", &data, sizeof(data), 0), "setxattr security.capability");
}

int main(int argc, char **argv)
{
	const char *grant = argv[1];

	if (argc < 4)
		usage("grant-exec setuid:UID|setgid:GID|filecap FILE PROGRAM [ARG...]");
	copy_file(argv[3], argv[2], 0755);
	if (!strncmp(grant, "setuid:", 7)) {
		must(chown(argv[2], (uid_t)atoi(grant + 7), 0), "chown");
		must(chmod(argv[2], 04755), "chmod");
	} else if (!strncmp(grant, "setgid:", 7)) {
		must(chown(argv[2], 0, (gid_t)atoi(grant + 7)), "chown");
		must(chmod(argv[2], 02755), "chmod");
	} else if (!strcmp(grant, "filecap")) {
		grant_cap(argv[2]);
	} else {
		usage("grant-exec setuid:UID|setgid:GID|filecap FILE PROGRAM [ARG...]");
	}
	must(setgroups(0, NULL), "setgroups");
	must(setresgid(NOBODY, NOBODY, NOBODY), "setresgid");
	must(setresuid(NOBODY, NOBODY, NOBODY), "setresuid");
	argv[3] = argv[2];
	execv(argv[2], argv + 3);
	die("execv");
}
