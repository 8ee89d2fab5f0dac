#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the agent if need be, starts it with its sensors and prints what runs on this machine until Ctrl-C. Installs by
# apt-get what is missing for that. Leaves nothing behind but the build, and the agent's class-data archive in
# ~/.cache/tetragon-osgi, which makes the next start faster. Arguments are flags of the agent.
set -u

fail() {
    echo "run.sh: $1" >&2
    exit 1
}

root=$(cd "$(dirname "$0")" && pwd) || fail "cannot tell where $0 is"
tree=$root/distribution/target/tetragon
. "$root/build/setup.sh"

build() {
    stamp=$root/distribution/target/built
    changed=yes
    if [ -x "$tree/bin/tetragon" ] && [ -e "$stamp" ]; then
        changed=$(find "$root/pom.xml" "$root/build" "$root/bpf" "$root/platform" "$root/sensors" "$root/exporters" \
            "$root/distribution" -name target -prune -o -type f -newer "$stamp" -print | head -n 1)
    fi
    [ -n "$changed" ] || return 0
    echo "building; the first time this downloads libraries and takes a few minutes" >&2
    mkdir -p "$root/target"
    log=$root/target/build.log
    (cd "$root" && mvn -q -B -pl distribution -am -DskipTests package) >"$log" 2>&1 ||
        fail "the build failed: $(grep -m 1 ERROR "$log") (all of it in $log)"
    touch "$stamp"
}

agent=
client=
run=
# Ends the children and takes their folder away. Also on a second signal, and when a child ended by itself.
clean_up() {
    trap '' INT TERM HUP
    [ -z "$client" ] || kill "$client" 2>/dev/null
    [ -z "$agent" ] || kill "$agent" 2>/dev/null
    wait
    [ -z "$run" ] || rm -rf "$run"
}

check_kernel
# shellcheck disable=SC2046
install_packages $(missing_to_build)
build

trap clean_up EXIT
trap 'exit 0' INT TERM HUP
# A folder and socket of its own: it does not get in the way of an agent that is installed here.
run=$(mktemp -d /tmp/tetragon-run.XXXXXX) || fail "cannot make a folder in /tmp"
state=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tetragon-osgi/state
"$tree/bin/tetragon" --run-dir "$run" --state-dir "$state" \
    --server-address "unix://$run/tetragon.sock" --health-server-address= "$@" >"$run/agent.log" 2>&1 &
agent=$!
# The information file is the last thing the agent writes when it is ready.
until [ -e "$run/tetragon-info.json" ]; do
    kill -0 "$agent" 2>/dev/null || fail "the agent does not start: $(tail -n 1 "$run/agent.log")"
    sleep 0.1
done
grep -h 'level=\(warning\|error\)' "$run/agent.log" >&2
echo "events follow in a second; Ctrl-C ends it" >&2

# In the background like the agent, for the shell acts on a signal only between commands, or in wait.
"$tree/bin/tetra" --server-address "unix://$run/tetragon.sock" getevents -o compact </dev/null &
client=$!
wait "$client"
fail "the event stream ended; the agent says: $(tail -n 1 "$run/agent.log")"
