#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# build-kernel.sh [configure]: builds the small kernel of the VM lane, which has everything that Tetragon can use and
# that no distribution's kernel has together, from Debian's source package with the options of full.config. kernel.sh
# then knows it as "built". With "configure" it ends before compiling, when the options were checked.
# Nothing is installed: packages are fetched and unpacked in the cache folder, with package lists of its own.
#   KERNEL_VERSION=6.12   of the package linux-source-VERSION; the newest such package is taken
#   KERNEL_SUITE=trixie   Debian's suite that has it
#   KERNEL_JOBS=N         of make; by default as many as there are processors
# Takes 3 GB of disk and, on two cores, half an hour. Status 3: cannot be built here, with the reason.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tetragon-osgi/kernels
version=${KERNEL_VERSION:-6.12}
suite=${KERNEL_SUITE:-trixie}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

unable() {
    echo "build-kernel: $*" >&2
    exit 3
}

for tool in apt-get dpkg make gcc bc perl xz cpio; do
    command -v $tool >/dev/null || unable "needs $tool (packages apt dpkg make gcc bc perl xz-utils cpio)"
done
[ -f /usr/include/gelf.h ] || unable "needs libelf's headers (package libelf-dev)"
[ -f "$keyring" ] || unable "needs Debian's keys, $keyring (package debian-archive-keyring)"
mkdir -p "$cache"
work=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$work"' EXIT

# An apt that knows the mirror of this machine and one suite, and whose lists are its own.
isolated_apt() {
    apt-get -qq -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" "$@" >&2
}

fetch_source() {
    local mirror
    mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
        awk -F'|' '$1 == "Debian" && $2 == "Debian" {print $3; exit}')
    [ -n "$mirror" ] || unable "no mirror of Debian in this machine's sources"
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/apt/sources.list"
    isolated_apt update || unable "cannot read the package lists of $suite"
    (cd "$work" && isolated_apt download "linux-source-$version") || unable "no package linux-source-$version in $suite"
    package=$(basename "$work"/linux-source-*.deb .deb)
    dpkg -x "$work"/linux-source-*.deb "$work/package"
    rm "$work"/linux-source-*.deb
    mkdir "$work/linux"
    tar -xf "$work"/package/usr/src/linux-source-*.tar.xz -C "$work/linux" --strip-components=1
    rm -r "$work/package"
}

# What the machine lacks of the tools, unpacked from its own packages.
fetch_tools() {
    local missing=()
    command -v flex >/dev/null || missing+=(flex)
    command -v bison >/dev/null || missing+=(bison)
    command -v m4 >/dev/null || missing+=(m4)
    command -v pahole >/dev/null || missing+=(pahole)
    [ ${#missing[@]} -gt 0 ] || return 0
    mkdir "$work/debs" "$work/tools"
    (cd "$work/debs" && apt-get -qq -o APT::Sandbox::User=root download "${missing[@]}" >&2) ||
        unable "needs ${missing[*]}, and they cannot be downloaded"
    for deb in "$work"/debs/*.deb; do
        dpkg -x "$deb" "$work/tools"
    done
    export PATH=$work/tools/usr/bin:$PATH
    export BISON_PKGDATADIR=$work/tools/usr/share/bison M4=${M4:-$(command -v m4)}
    pahole --version >/dev/null || unable "pahole does not run; install the package pahole"
}

# Everything that is not asked for is off, except what depends on nothing the user can choose. An option that is not
# there afterwards has lost what it depends on, or its name: better known now than in a test.
configure() {
    local option lost=()
    make -s -C "$work/linux" KCONFIG_ALLCONFIG="$here/full.config" allnoconfig >"$work/log" 2>&1 &&
        make -s -C "$work/linux" olddefconfig >>"$work/log" 2>&1 ||
        { tail -20 "$work/log" >&2; unable "configuring failed"; }
    while read -r option; do
        grep -qxF "$option" "$work/linux/.config" || lost+=("$option")
    done < <(grep '^CONFIG_' "$here/full.config")
    [ ${#lost[@]} -eq 0 ] || unable "options of full.config that this kernel does not take: ${lost[*]}"
    echo "build-kernel: $package takes all $(grep -c '^CONFIG_' "$here/full.config") options of full.config" >&2
}

fetch_source
fetch_tools
configure
[ "${1:-}" != configure ] || exit 0
make -s -C "$work/linux" -j"${KERNEL_JOBS:-$(nproc)}" bzImage >"$work/log" 2>&1 ||
    { tail -20 "$work/log" >&2; unable "compiling failed"; }
mkdir "$work/new"
cp "$work/linux/arch/x86/boot/bzImage" "$work/new/vmlinuz"
cp "$work/linux/.config" "$work/new/config"
echo "$package" >"$work/new/package"
rm -rf "$cache/built"
mv "$work/new" "$cache/built"
echo "$cache/built/vmlinuz"
