#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hooks-in-guest.sh: hooks.sh in a guest whose clock counts instructions, and which has probes on functions whatever this
# machine has; takes minutes. Its milliseconds are millions of instructions.
#   BENCH_KERNEL=full   a name for it/vm/kernel.sh
#   BENCH_HITS=5000     calls measured for each policy
. "$(dirname "$0")/lib.sh"
boot=${BENCH_BOOT:-$root/it/vm/boot.sh}
[ -x "$boot" ] || unable "no $boot"
[ -x "$tree/bin/tetragon" ] || unable "no agent in $tree: build it first, mvn package"
[ -x "$triggers/flood" ] || "$root/it/src/triggers/build.sh" "$triggers"
results=${BENCH_RESULTS:-$root/bench/target/hooks}
mkdir -p "$results"
build_pace "$results/pace"
command -v gcc >/dev/null || unable "no gcc to build hits.c"
gcc -std=gnu11 -O2 -static -o "$results/hits" "$bench/src/hits.c"

printf -v command '%q ' env "BENCH_SCRATCH=/run" "BENCH_PACE=/mnt/results/pace" "BENCH_HITS_PROGRAM=/mnt/results/hits" \
    "BENCH_UNIT=instructions" "BENCH_HITS=${BENCH_HITS:-5000}" "BENCH_ONLY=${BENCH_ONLY:-}" \
    "TETRAGON_TREE=$(realpath "$tree")" \
    "TETRAGON_TRIGGERS=$(realpath "$triggers")" ${JAVA_HOME:+"JAVA_HOME=$JAVA_HOME"} "$bench/hooks.sh"
status=0
VM_ICOUNT=1 "$boot" "${BENCH_KERNEL:-full}" "$results" "$command" || status=$?
cat "$results/output"
exit $status
