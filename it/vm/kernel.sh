#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh NAME: makes the kernel NAME ready to boot and prints its two files, VMLINUZ and MODULES, a line each.
#   full           ../shared/kernels/full-6.12 where that is there, else built: everything built in, MODULES is empty
#   built          what build-kernel.sh made on this machine
#   debian-6.1, debian-6.12
#                  the newest such generic kernel of this machine's Debian sources, fetched once
#   debian-sid     the newest one of Debian unstable, fetched once from where this machine has its Debian
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

# The packages come and go on a mirror, so the newest is looked up by name every time there is none in the cache. Prints
# nothing if there is none.
newest_package() { # REGEX-OF-VERSION
    apt-cache search --names-only "^linux-image-$1\\.[0-9+a-z.~-]*-amd64\$" 2>/dev/null |
        awk '$1 !~ /-(cloud|rt|dbg|unsigned)/ {print $1}' | sort -V | tail -1
}

# A package and those that hold the kernel and its modules, where it is split up: from 7.0 on.
with_parts() { # PACKAGE
    echo "$1"
    apt-cache show --no-all-versions "$1" | grep '^Depends:' | grep -oE 'linux-(binary|modules|base)-[0-9][^ ,]*' || true
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

# Has apt see Debian unstable alone, and leaves what the machine has of its own lists as it is.
use_unstable() {
    local site keys=/usr/share/keyrings/debian-archive-keyring.gpg
    # shellcheck disable=SC2016
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | head -1)
    [ -n "$site" ] && [ -f "$keys" ] || unavailable "this machine's sources name no Debian, or have no $keys"
    mkdir -p "$work/apt/lists/partial"
    echo "deb [signed-by=$keys] $site sid main" >"$work/apt/sources.list"
    cat >"$work/apt/apt.conf" <<END
Dir::Etc::SourceList "$work/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$work/apt/lists";
Dir::Cache::PkgCache "";
Dir::Cache::SrcPkgCache "";
APT::Sandbox::User "root";
END
    export APT_CONFIG=$work/apt/apt.conf
}

fetch_debian() { # VERSION
    local package part version=${1//./\\.}
    command -v apt-get >/dev/null || unavailable "needs apt-get to fetch a Debian kernel"
    work=$(mktemp -d "$cache/fetch.XXXXXX")
    if [ "$1" = sid ]; then
        use_unstable
        version='[0-9]+'
    fi
    package=$(newest_package "$version")
    if [ -z "$package" ]; then
        apt-get update -qq >&2 || true
        package=$(newest_package "$version")
    fi
    [ -n "$package" ] || unavailable "no package linux-image-$1* in this machine's sources"
    # shellcheck disable=SC2046
    (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root $(with_parts "$package") >&2) ||
        { apt-get update -qq >&2 && package=$(newest_package "$version") &&
            (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root $(with_parts "$package") >&2); } ||
        unavailable "$package cannot be downloaded"
    for part in "$work"/*.deb; do
        dpkg -x "$part" "$work/tree"
    done
    # A kernel package brings no list of dependencies between its modules; depmod makes it.
    pick_modules "$(ls -d "$work"/tree/lib/modules/* "$work"/tree/usr/lib/modules/* 2>/dev/null | head -1)" "$work/new/modules"
    cp "$(ls "$work"/tree/boot/vmlinuz-* "$work"/tree/usr/lib/modules/*/vmlinuz 2>/dev/null | head -1)" "$work/new/vmlinuz"
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
    debian-[0-9]* | debian-sid)
        for tool in depmod xz zstd dpkg; do
            command -v $tool >/dev/null || unavailable "needs $tool (packages kmod xz-utils zstd dpkg)"
        done
        [ -f "$cache/$name/vmlinuz" ] || fetch_debian "${name#debian-}"
        echo "$cache/$name/vmlinuz"
        echo "$cache/$name/modules"
        ;;
    *)
        echo "kernel $name: unknown; known are full, built, debian-6.1, debian-6.12, debian-sid" >&2
        exit 2
        ;;
esac
