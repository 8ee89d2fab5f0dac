#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# flood.sh [SECONDS]: two spawners run a static program as fast as they can, for 60 seconds by default, with JSON export
# on tmpfs; counts what was lost and where. Arguments behind that go to the agent.
seconds=${1:-60}
[ $# -eq 0 ] || shift
. "$(dirname "$0")/lib.sh"
prepare

"$work/bin/flood" 2s "$work/bin/true" >"$work/alone"
alone=$(($(grep -oE '[0-9]+$' "$work/alone") / 2))

agent_start "$@"
"$work/bin/flood" 3000 "$work/bin/true" >/dev/null # compiled code from here on
await_exported "$work/bin/true" 3000
warm=$(exported "$work/bin/true")
cpu=$(agent_cpu_ms)
"$work/bin/flood" "${seconds}s" "$work/bin/true" >"$work/spawned"
spawned=$(grep -oE '[0-9]+$' "$work/spawned")
await_exported "$work/bin/true" $((warm + spawned))
cpu=$(($(agent_cpu_ms) - cpu))
reported=$(($(exported "$work/bin/true") - warm))
resident=$(agent_kib VmRSS)
size=$(stat -c %s "$events")
broken=$(grep -cvE '^\{.*\}$' "$events" || true)
agent_stop

table
row "processes a second without the agent" "" "$alone"
row "processes a second with it" "" $((spawned / seconds))
row "execs that ran" "" "$spawned"
row "execs reported" "$spawned" "$reported"
row "records lost in the ring" 0 "$(ledger 'ring ledger' lost)"
row "events lost by the exporter" 0 "$(ledger 'listener ledger.*json' lost)"
row "lines that are not whole" 0 "$broken"
row "agent CPU an exec, us" "" $((cpu * 1000 / (spawned + 1)))
row "resident behind it, MiB" "" $((resident / 1024))
row "export file, MiB" "" $((size >> 20))
