#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of instructions.sh that runs in the guest: a nanosecond of its clock is an instruction.
. "$(dirname "$0")/lib.sh"
prepare
warmup=${BENCH_WARMUP:-8000}
execs=${BENCH_EXECS:-2000}
rate=250
true=$work/bin/true

# Jars and libraries from tmpfs: reading them over the host's share costs the guest instructions.
cp -a "$tree" "$work/tree"
tree=$work/tree

# Programs of the agent: id, nanoseconds, runs. Links show a prog_id too, but no run time. Few processes, because each is
# measured as well.
programs() {
    grep -HE '^(prog_id|run_time_ns|run_cnt):' "/proc/$agent/fdinfo/"* 2>/dev/null |
        awk -F'[:\t]+' '$2 == "prog_id" {id = $3} $2 == "run_time_ns" {ns = $3} $2 == "run_cnt" {print id, ns, $3}' |
        sort -u -k1,1
}

name_of() { # ID
    { bpftool -j prog show id "$1" 2>/dev/null || true; } | grep -oE '"name":"[^"]*"' | cut -d'"' -f4
}

# CPU of each thread of the agent: id, name, nanoseconds.
threads() {
    grep -H '' "/proc/$agent/task/"*/comm "/proc/$agent/task/"*/schedstat 2>/dev/null |
        awk -F: '{split($1, path, "/"); tid = path[5]; gsub(/ /, "_", $2)}
            $1 ~ /comm$/ {name[tid] = $2}
            $1 ~ /schedstat$/ {split($2, field, "_"); print tid, name[tid], field[1]}' | sort -k1,1
}

# CPU of the agent in a stretch of this shell's time, ms.
measured() { # COMMAND...
    local before
    before=$(agent_cpu_ms)
    "$@" >/dev/null
    echo $(($(agent_cpu_ms) - before))
}

paced() { # COUNT
    "$work/bin/pace" $rate "$1" "$true"
}

flooded() { # COUNT
    "$work/bin/flood" "$1" "$true"
}

nanos() {
    cut -d' ' -f1 /proc/uptime | awk '{printf "%.0f", $1 * 1000000000}'
}

flooded "$execs" >/dev/null # pages and inodes in memory
began=$(nanos)
flooded "$execs" >/dev/null
alone=$(($(nanos) - began))

agent_start
flooded "$warmup" >/dev/null
await_exported "$true" "$warmup"
paced $((warmup / 2)) >/dev/null # the compiler sees the other rhythm too
sleep 5

seconds=$((execs / rate))
idle=$(measured sleep "$seconds")
quiet=$(exported "$true")
threads >"$work/threads-before"
at_rate=$(measured paced "$execs")
threads >"$work/threads-after"
join "$work/threads-before" "$work/threads-after" | awk -v execs="$execs" '{print $2, int(($5 - $3) / execs)}' |
    sort -rnk2 | head -6 >"$work/by-thread"
await_exported "$true" $((quiet + execs))
reported=$(($(exported "$true") - quiet))

in_flood=$(measured flooded "$execs")

# Measured apart: the statistics themselves cost every run something.
sysctl -qw kernel.bpf_stats_enabled=1
programs >"$work/before"
flooded "$execs" >/dev/null
programs >"$work/after"
sysctl -qw kernel.bpf_stats_enabled=0
join "$work/before" "$work/after" | awk -v lives="$execs" '
    $5 > $3 {printf "%s %.2f %.0f %.0f\n", $1, ($5 - $3) / lives, ($4 - $2) / ($5 - $3), ($4 - $2) / lives}' >"$work/costs"

table
while read -r id runs each life; do
    row "BPF $(name_of "$id") ($id): instructions a run" "" "$each ($runs runs a life)"
done <"$work/costs"
row "BPF, instructions a process life" "<= 10000" "$(awk '{sum += $4} END {print sum + 0}' "$work/costs")"
row "agent, instructions an exec at $rate/s, idle taken off" "<= 100000" $(((at_rate - idle) * 1000000 / execs))
while read -r name each; do
    row "- of it thread $name, idle in it" "" "$each"
done <"$work/by-thread"
row "agent, instructions an exec in a flood" "" $((in_flood * 1000000 / execs))
row "agent idle, instructions a second" "" $((idle * 1000000 / seconds))
row "execs reported at that rate" "$execs" "$reported"
row "vfork+exec+exit+wait alone, instructions" "" $((alone / execs))
agent_stop
