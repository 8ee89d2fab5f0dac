#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# instructions.sh: what a process life costs in BPF and what an exec costs in the agent, in instructions. Boots a guest
# whose clock counts them, so the figures are the same on any host however busy; takes minutes.
#   BENCH_KERNEL=full   a name for it/vm/kernel.sh
#   BENCH_WARMUP=8000   execs before the measurement: the compiler has to be done
#   BENCH_EXECS=2000    execs measured
. "$(dirname "$0")/lib.sh"
boot=${BENCH_BOOT:-$root/it/vm/boot.sh}
[ -x "$boot" ] || unable "no $boot"
[ -x "$tree/bin/tetragon" ] || unable "no agent in $tree: build it first, mvn package"
[ -x "$triggers/flood" ] || "$root/it/src/triggers/build.sh" "$triggers"
results=${BENCH_RESULTS:-$root/bench/target/instructions}
mkdir -p "$results"
build_pace "$results/pace"

printf -v command '%q ' env "BENCH_SCRATCH=/run" "BENCH_PACE=/mnt/results/pace" \
    "TETRAGON_TREE=$(realpath "$tree")" "TETRAGON_TRIGGERS=$(realpath "$triggers")" \
    "BENCH_WARMUP=${BENCH_WARMUP:-8000}" "BENCH_EXECS=${BENCH_EXECS:-2000}" \
    ${JAVA_HOME:+"JAVA_HOME=$JAVA_HOME"} "$bench/instructions-guest.sh"
status=0
VM_ICOUNT=1 "$boot" "${BENCH_KERNEL:-full}" "$results" "$command" || status=$?
cat "$results/output"
exit $status
