#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# startup.sh: how long a second start takes, the first of a tree having left its class data archive, until the agent
# says it is ready, until it has seen a process start, and until that event is in the export file.
. "$(dirname "$0")/lib.sh"
prepare

# The first start leaves a class data archive in the state folder, a few seconds behind its Ready.
agent_start
for _ in $(seq 600); do
    compgen -G "$work/state/*.jsa" >/dev/null && break
    sleep 0.1
done
agent_stop

# One process each 20 ms: how exact the answer is.
(while :; do "$work/bin/true"; sleep 0.02; done) &
ticker=$!
trap 'kill "$ticker" 2>/dev/null || true; clean_up' EXIT

began=${EPOCHREALTIME/./}
agent_start
ready=${EPOCHREALTIME/./}
until [ "$(exported "$work/bin/true")" -gt 0 ]; do
    sleep 0.01
done
written=${EPOCHREALTIME/./}
kill "$ticker"
wait "$ticker" 2>/dev/null || true

# The time of the first such event is the kernel's.
first=$(grep "^{\"process_exec\":{\"process\":{[^{]*\"binary\":\"$work/bin/true\"" "$events" | head -1 |
    grep -oE '"time":"[^"]+"' | tail -1 | cut -d'"' -f4)
seen=$(date -d "$first" +%s%6N)
cpu=$(agent_cpu_ms)
archive=no
[ -f "/proc/$agent/maps" ] && grep -q '\.jsa$' "/proc/$agent/maps" && grep -q "$work/state" "/proc/$agent/maps" && archive=yes
agent_stop

table
row "class data archive in use" yes "$archive"
row "second start until Ready, ms" "" $(((ready - began) / 1000))
row "second start until the first process is seen, ms" "" $(((seen - began) / 1000))
row "second start until its event is in the file, ms" "<= 1500" $(((written - began) / 1000))
row "CPU until then, ms" "" "$cpu"
