#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# boot.sh KERNEL RESULTS COMMAND: boots KERNEL (a name for kernel.sh) under QEMU's emulation, runs the shell COMMAND in
# it as root and ends with its status. The guest sees the host's files read-only, with a tmpfs over them; what it
# writes to /mnt/results is in the folder RESULTS. There is no network. RESULTS also gets "output" (of the command),
# "console" (of the guest) and "qemu.log".
#
#   VM_MEM=3072       MiB of memory
#   VM_TIMEOUT=2400   seconds until the guest is ended; status 124
#   VM_ICOUNT=1       guest nanoseconds are executed instructions: figures that do not depend on the host's load
#   VM_APPEND=...     more of the kernel's command line
# Status 3: this machine cannot run it, with the reason.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 3 ] || { echo "usage: boot.sh KERNEL RESULTS COMMAND" >&2; exit 2; }
kernel=$1 results=$2 command=$3

need() {
    command -v "$1" >/dev/null || { echo "boot: no $1 (package $2)" >&2; exit 3; }
}
need qemu-system-x86_64 qemu-system-x86
need busybox busybox-static
need cpio cpio

files=$("$here/kernel.sh" "$kernel")
vmlinuz=$(sed -n 1p <<<"$files")
modules=$(sed -n 2p <<<"$files")
mkdir -p "$results"
results=$(realpath "$results")
rm -f "$results/status" "$results/output" "$results/console"

work=$(mktemp -d "${TMPDIR:-/tmp}/boot.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/root/{bin,modules,proc,sys,dev}
cp "$(command -v busybox)" "$work/root/bin/busybox"
cp "$here/init" "$work/root/init"
chmod 755 "$work/root/init"
printf '%s\n' "$command" >"$work/root/job"
[ -z "$modules" ] && : >"$work/root/modules/order" || cp "$modules"/* "$work/root/modules/"
(cd "$work/root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$work/initrd"

# Never KVM: it is not there for a guest of a guest, and where it seems to be it may hang. Multi-threaded emulation
# has panicked a guest that patches its own code, so one processor.
#
# Without cmpxchg16b: the emulation of QEMU 7.2 leaves the flags it computes behind it to chance, and an interrupt there
# keeps them, trap flag included; the guest's slab allocator, which uses it on every allocation, then dies of a debug
# exception.
#
# The clock is the TSC, because reading any other leaves the translated code. A guest measures its frequency against
# an emulated timer and errs by factors on a busy host: it is told. With instruction counting it ticks once a
# nanosecond of that count.
accel="tcg,tb-size=512" count=()
khz=$(awk -F: '/^cpu MHz/ {printf "%d", $2 * 1000; exit}' /proc/cpuinfo)
if [ -n "${VM_ICOUNT:-}" ]; then
    count=(-icount shift=0,sleep=off)
    khz=1000000
fi
append="console=ttyS0 quiet loglevel=5 panic=-1 nokaslr mitigations=off audit=0"
append+=" tsc=reliable clocksource=tsc tsc_early_khz=$khz no_timer_check rcupdate.rcu_cpu_stall_suppress=1"
# From 6.19 on the kernel has no memory for what programs keep of a task where cmpxchg16b is missing, unless its allocator
# checks itself.
[ "$kernel" != debian-sid ] || append+=" slab_debug=F,kmalloc-*"
append+=" lsm=landlock,lockdown,yama,integrity,apparmor,bpf ima_hash=sha256 ${VM_APPEND:-}"

status=0
timeout -k 5 "${VM_TIMEOUT:-2400}" qemu-system-x86_64 \
    -accel "$accel" -cpu max,cx16=off -smp 1 -m "${VM_MEM:-3072}" "${count[@]}" \
    -nodefaults -no-user-config -display none -no-reboot -nic none \
    -kernel "$vmlinuz" -initrd "$work/initrd" -append "$append" -rtc base=utc \
    -chardev "file,id=console,path=$results/console" -serial chardev:console \
    -fsdev "local,id=host,path=/,security_model=none,multidevs=remap,readonly=on" \
    -device "virtio-9p-pci,fsdev=host,mount_tag=host" \
    -fsdev "local,id=results,path=$results,security_model=none" \
    -device "virtio-9p-pci,fsdev=results,mount_tag=results" \
    </dev/null >"$results/qemu.log" 2>&1 || status=$?

if [ -f "$results/status" ]; then
    exit "$(cat "$results/status")"
fi
echo "boot: $kernel gave no result (qemu ended with $status); end of its console:" >&2
tail -n 25 "$results/console" "$results/qemu.log" >&2 || true
exit 124
