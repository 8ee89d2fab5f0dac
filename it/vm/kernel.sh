#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh NAME: makes the kernel NAME ready to boot and prints its two files, VMLINUZ and MODULES, a line each.
#   full           ../shared/kernels/full-6.12 where that is there, else built: everything built in, MODULES is empty
#   built          what build-kernel.sh made on this machine
#   debian-6.1, debian-6.12
#                  the newest such generic kernel of this machine's Debian sources, fetched once
# MODULES is a folder with the modules that a guest needs for its root, and "order", the order to load them in.
# Kept under ${XDG_CACHE_HOME:-$HOME/.cache}/tetragon-osgi/kernels. Status 3: cannot be had here, with the reason.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tetragon-osgi/kernels
shared=${TETRAGON_SHARED:-$here/../../../shared}
name=${1:?usage: kernel.sh NAME}

unavailable() {
    echo "kernel $name: $*" >&2
    exit 3
}

# The packages come and go on a mirror, so the newest is looked up by name every time there is none in the cache.
newest_package() { # VERSION
    apt-cache search --names-only "^linux-image-${1//./\\.}\\.[0-9+a-z.~-]*-amd64\$" 2>/dev/null |
        awk '{print $1}' | grep -vE -- '-(cloud|rt|dbg|unsigned)' | sort -V | tail -1
}

# The modules of the guest's root file system, unpacked, in an order in which each finds what it needs.
pick_modules() { # TREE INTO
    local base=${1%/lib/modules/*} version=${1##*/} file module
    mkdir -p "$2"
    : >"$2/order"
    depmod -b "$base" "$version"
    for module in virtio_pci 9pnet_virtio 9p overlay; do
        modprobe -d "$base" -S "$version" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
    done | awk '!seen[$0]++' | while read -r file; do
        module=$(basename "$file")
        module=${module%%.ko*}.ko
        case $file in
            *.xz) xz -dc "$file" ;;
            *.zst) zstd -dcq "$file" ;;
            *) cat "$file" ;;
        esac >"$2/$module"
        echo "$module" >>"$2/order"
    done
}

fetch_debian() { # VERSION
    local package
    command -v apt-get >/dev/null || unavailable "needs apt-get to fetch a Debian kernel"
    package=$(newest_package "$1")
    if [ -z "$package" ]; then
        apt-get update -qq >&2 || true
        package=$(newest_package "$1")
    fi
    [ -n "$package" ] || unavailable "no package linux-image-$1* in this machine's sources"
    work=$(mktemp -d "$cache/fetch.XXXXXX")
    (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" >&2) ||
        { apt-get update -qq >&2 && package=$(newest_package "$1") &&
            (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" >&2); } ||
        unavailable "$package cannot be downloaded"
    dpkg -x "$work"/*.deb "$work/tree"
    # A kernel package brings no list of dependencies between its modules; depmod makes it.
    pick_modules "$(ls -d "$work"/tree/lib/modules/* "$work"/tree/usr/lib/modules/* 2>/dev/null | head -1)" "$work/new/modules"
    cp "$work"/tree/boot/vmlinuz-* "$work/new/vmlinuz"
    echo "$package" >"$work/new/package"
    rm -rf "${cache:?}/$name"
    mv "$work/new" "$cache/$name"
}

work=
trap 'rm -rf "$work"' EXIT
mkdir -p "$cache"
case $name in
    full | built)
        kernel=$shared/kernels/full-6.12.vmlinuz
        [ "$name" = full ] && [ -f "$kernel" ] || kernel=$cache/built/vmlinuz
        [ -f "$kernel" ] || unavailable "not there; it/vm/build-kernel.sh builds it"
        realpath "$kernel"
        echo ""
        ;;
    debian-[0-9]*)
        for tool in depmod xz zstd dpkg; do
            command -v $tool >/dev/null || unavailable "needs $tool (packages kmod xz-utils zstd dpkg)"
        done
        [ -f "$cache/$name/vmlinuz" ] || fetch_debian "${name#debian-}"
        echo "$cache/$name/vmlinuz"
        echo "$cache/$name/modules"
        ;;
    *)
        echo "kernel $name: unknown; known are full, built, debian-6.1, debian-6.12" >&2
        exit 2
        ;;
esac
