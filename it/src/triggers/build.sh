#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh OUTDIR: compiles every trigger beside this script. Without a C compiler
# nothing is built and the tests that need a trigger say so.
set -eu
src=$(cd "$(dirname "$0")" && pwd)
out=$1
cc=${CC:-gcc}
command -v "$cc" >/dev/null || { echo "triggers: not built, no $cc on the path"; exit 0; }
mkdir -p "$out"
for file in "$src"/*.c; do
    name=$(basename "$file" .c)
    [ "$out/$name" -nt "$file" ] && [ "$out/$name" -nt "$src/trigger.h" ] &&
        [ "$out/$name" -nt "$src/seek.h" ] && [ "$out/$name" -nt "$src/probe.h" ] && [ "$out/$name" -nt "$0" ] && continue
    case $name in
        # Static, so that one exec is one exec: no loader, nothing else opened.
        true) flags="-nostdlib -static -fno-stack-protector -fno-pie -no-pie -Wl,--build-id=none" ;;
        # Loaded anywhere, as most programs are: what notes say of static variables has to move along.
        usdt-operands) flags="-fPIE -pie" ;;
        *) flags="-static -pthread" ;;
    esac
    # shellcheck disable=SC2086
    "$cc" -std=gnu11 -O2 -Wall -Wextra -Werror $flags -o "$out/$name.new" "$file"
    mv "$out/$name.new" "$out/$name"
done
