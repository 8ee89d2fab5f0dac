#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memory.sh [EXECS]: resident memory of the agent after so many execs, 10000 by default. Arguments behind that go to the
# agent, such as --tracing-policy FILE.
execs=${1:-10000}
[ $# -eq 0 ] || shift
. "$(dirname "$0")/lib.sh"
prepare

agent_start "$@"
before=$(agent_kib VmRSS)
"$work/bin/flood" "$execs" "$work/bin/true" >/dev/null
await_exported "$work/bin/true" "$execs"
after=$(agent_kib VmRSS)
peak=$(agent_kib VmHWM)
threads=$(agent_kib Threads)
pss=$(awk '$1 == "Pss:" {print $2}' "/proc/$agent/smaps_rollup")
reported=$(exported "$work/bin/true")
agent_stop

table
row "resident when ready, MiB" "" $((before / 1024))
row "resident after $execs execs, MiB" "<= 120" $((after / 1024))
row "of it proportional (Pss), MiB" "" $((pss / 1024))
row "highest, MiB" "" $((peak / 1024))
row "threads" "" "$threads"
row "execs reported" "$execs" "$reported"
