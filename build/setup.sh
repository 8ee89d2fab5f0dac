# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What run.sh and test.sh share: checks of the machine and installation of what is missing. Sourced by them; needs the
# function fail, which prints one line and exits.

# Only where the kernel can do what the agent is for.
check_kernel() {
    [ "$(uname -s)" = Linux ] || fail "this is $(uname -s), the agent needs Linux"
    [ "$(id -u)" = 0 ] || fail "not root: loading BPF programs needs it, run it with sudo"
    [ -e /proc/sys/kernel/unprivileged_bpf_disabled ] || fail "this kernel has no BPF (CONFIG_BPF_SYSCALL)"
    [ -r /sys/kernel/btf/vmlinux ] ||
        fail "this kernel has no type information, /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)"
}

# Prints the packages of Debian and Ubuntu that building and running still need, one a line.
missing_to_build() {
    java_is_17 || echo default-jdk-headless
    command -v mvn >/dev/null || echo maven
    command -v clang >/dev/null || echo clang
    command -v llvm-strip >/dev/null || ls /usr/bin/llvm-strip-* >/dev/null 2>&1 || echo llvm
    [ -e /usr/include/bpf/bpf_helpers.h ] || echo libbpf-dev
    has_library libbpf.so.1 || echo libbpf1
    has_library libelf.so.1 || echo libelf1
}

java_is_17() {
    command -v javac >/dev/null || return 1
    version=$(javac -version 2>&1)
    version=${version#javac }
    version=${version%%[!0-9]*}
    [ "${version:-0}" -ge 17 ]
}

has_library() {
    /sbin/ldconfig -p | grep -q "$1 "
}

# Installs packages; the arguments are their names.
install_packages() {
    [ $# -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "missing: $*; install what your distribution calls that, there is no apt-get here"
    [ "$(id -u)" = 0 ] || fail "missing: $*; run it as root once, or: sudo apt-get install $*"
    echo "installing $*" >&2
    mkdir -p "$root/target"
    log=$root/target/apt.log
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >"$log" 2>&1 || fail "apt-get update failed: $(tail -n 1 "$log") (all of it in $log)"
    apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1 ||
        fail "cannot install $*: $(grep -m 1 '^E:' "$log") (all of it in $log)"
}
