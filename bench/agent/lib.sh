# SPDX-License-Identifier: Apache-2.0
# What the drivers share: one agent of the built tree in folders of its own on tmpfs, its figures, and the table.
#   TETRAGON_TREE      the agent's tree; distribution/target/tetragon by default
#   TETRAGON_TRIGGERS  the built programs of it/src/triggers; built here if there are none
#   BENCH_SCRATCH      a folder on tmpfs; /dev/shm by default
# Status 3: this machine cannot run it, with the reason.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$bench/../.." && pwd)
tree=${TETRAGON_TREE:-$root/distribution/target/tetragon}
triggers=${TETRAGON_TRIGGERS:-$root/it/target/triggers}
agent=

unable() {
    echo "$(basename "$0"): $*" >&2
    exit 3
}

# Ends the agent by its id whatever happens, and leaves no file behind.
clean_up() {
    [ -z "$agent" ] || kill -KILL "$agent" 2>/dev/null || true
    rm -rf "$work"
}

prepare() {
    [ "$(id -u)" = 0 ] || unable "loading BPF programs needs root"
    [ -x "$tree/bin/tetragon" ] || unable "no agent in $tree: build it first, mvn package"
    work=$(mktemp -d "${BENCH_SCRATCH:-/dev/shm}/tetragon-bench.XXXXXX")
    trap clean_up EXIT
    mkdir -p "$work/run" "$work/state"
    events=$work/events.json
    build_programs
}

build_programs() {
    if [ ! -x "$triggers/true" ] || [ ! -x "$triggers/flood" ]; then
        command -v gcc >/dev/null || unable "no gcc to build the programs that are observed"
        "$root/it/src/triggers/build.sh" "$triggers"
    fi
    # On tmpfs, so that running them waits for no disk.
    mkdir "$work/bin"
    cp "$triggers/true" "$triggers/flood" "$work/bin/"
    if [ -n "${BENCH_PACE:-}" ]; then
        cp "$BENCH_PACE" "$work/bin/pace"
    else
        build_pace "$work/bin/pace"
    fi
}

build_pace() { # OUT
    command -v gcc >/dev/null || unable "no gcc to build pace.c"
    gcc -std=gnu11 -O2 -static -o "$1" "$bench/src/pace.c"
}

# Returns when the agent says that it is ready. The state folder stays from start to start, the events do not.
agent_start() { # FLAG...
    rm -f "$events"
    log=$work/agent.log
    : >"$log"
    "$tree/bin/tetragon" --export-filename "$events" --export-file-max-size-mb 65536 \
        --run-dir "$work/run" --state-dir "$work/state" --bpf-dir "tetragon-bench-$$" \
        --server-address localhost:0 --health-server-address "" "$@" </dev/null >"$log" 2>&1 &
    agent=$!
    until grep -qw Ready "$log"; do
        if ! kill -0 "$agent" 2>/dev/null; then
            tail -20 "$log" >&2
            agent=
            echo "the agent ended before it was ready" >&2
            exit 1
        fi
        sleep 0.02
    done
}

agent_stop() {
    kill -TERM "$agent"
    wait "$agent" || echo "the agent ended with status $?" >&2
    agent=
}

# User and system time of all threads, also of those that ended, in ms: a hundredth of a second is the clock's grain.
agent_cpu_ms() {
    local stat
    stat=$(cat "/proc/$agent/stat")
    set -- ${stat##*) }
    echo $(((${12} + ${13}) * 1000 / $(getconf CLK_TCK)))
}

agent_kib() { # FIELD
    awk -v field="$1:" '$1 == field {print $2}' "/proc/$agent/status"
}

# Exec events of a program in the export file.
exported() { # PROGRAM
    [ -f "$events" ] || { echo 0; return; }
    grep -c "^{\"process_exec\":{\"process\":{[^{]*\"binary\":\"$1\"" "$events" || true
}

# Waits until the export file has so many exec events of a program, or does not grow for five seconds.
await_exported() { # PROGRAM COUNT
    local size before=-1 still=0
    while [ "$(exported "$1")" -lt "$2" ]; do
        size=$(stat -c %s "$events" 2>/dev/null || echo 0)
        [ "$size" = "$before" ] && still=$((still + 1)) || still=0
        [ $still -lt 10 ] || return 0
        before=$size
        sleep 0.5
    done
}

# A field of a ledger line that the agent logs at its end, 0 if there is none.
ledger() { # LINE-PATTERN FIELD
    { grep -E "$1" "$log" || true; } | grep -oE "\b$2\"?[=:]\"?[0-9]+" | tail -1 | grep -oE '[0-9]+$' || echo 0
}

table() {
    row what asked measured
    printf -- '--- | --- | ---\n'
}

row() { # WHAT ASKED MEASURED
    printf '%s | %s | %s\n' "$1" "$2" "$3"
}
