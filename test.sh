#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs by apt-get what the tests need, builds, and runs all of them: the modules' own, the agent on this machine's
# kernel, and in guests with other kernels. What cannot run here is skipped with its reason. The last line is
# "N passed, N failed, N skipped"; the exit status is 0 if nothing failed.
#
#   LANES="full debian-6.1 debian-6.12"   the kernels of the guests; empty for none
set -u

fail() {
    echo "test.sh: $1" >&2
    exit 1
}

root=$(cd "$(dirname "$0")" && pwd) || fail "cannot tell where $0 is"
. "$root/build/setup.sh"
lanes=${LANES-full debian-6.1 debian-6.12}

missing_to_test() {
    command -v gcc >/dev/null || echo gcc
    [ -e /usr/include/stdio.h ] || echo libc6-dev
    command -v runc >/dev/null || [ -x /usr/sbin/runc ] || echo runc
    [ -n "$lanes" ] || return 0
    command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
    command -v busybox >/dev/null || echo busybox-static
    command -v cpio >/dev/null || echo cpio
    command -v depmod >/dev/null || [ -x /sbin/depmod ] || echo kmod
    command -v xz >/dev/null || echo xz-utils
    command -v zstd >/dev/null || echo zstd
}

check_kernel
# shellcheck disable=SC2046
install_packages $(missing_to_build) $(missing_to_test)

# Reports of classes that are no more would be counted.
find "$root" -path '*/target/*-reports' -prune -exec rm -rf {} +
rm -rf "$root/it/target/lanes"

# All modules, whatever fails in one of them: the reports say what.
status=0
(cd "$root" && mvn -B -Dmaven.test.failure.ignore=true verify) || status=$?

run_lane() { # KERNEL
    echo "lane $1"
    # Starting several agents takes an emulated guest most of its time, and is tried on this machine. One kernel is enough
    # for the whole table of policies.
    exclude="restarts | matrix"
    [ "$1" != full ] || exclude=restarts
    LANE_EXCLUDE=$exclude "$root/it/vm/run-lane.sh" "$1" || echo "lane $1 did not pass" >&2
}

# A guest has one processor: the first lane, which takes longest, runs beside the others where this machine has another one.
if [ "$status" = 0 ] && [ -n "$lanes" ]; then
    # One after the other, for apt-get runs once at a time; a kernel that is not to be had is its lane's to report.
    for lane in $lanes; do
        "$root/it/vm/kernel.sh" "$lane" >/dev/null 2>&1 || true
    done
    # shellcheck disable=SC2086
    set -- $lanes
    if [ "$(nproc)" -gt 1 ]; then
        first=$root/it/target/lanes.first
        run_lane "$1" >"$first" 2>&1 &
        shift
    fi
    for lane; do
        run_lane "$lane"
    done
    wait
    [ -z "${first:-}" ] || cat "$first"
fi

if [ "$status" != 0 ]; then
    # Without a build there is nothing to count on; the count of what ran is still the last line.
    echo "test.sh: the build failed, see above" >&2
fi
"$root/it/summary" "$root" || exit 1
exit "$status"
