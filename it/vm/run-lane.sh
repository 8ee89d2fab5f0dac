#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-lane.sh KERNEL [CLASS...]: runs the integration tests (or these classes of them) in one guest with KERNEL, a
# name for kernel.sh, and prints "N passed, N failed, N skipped". Build first: it runs what is in the target folders.
# A kernel or emulator that cannot be had here is one skipped test, a guest that gives no result one failed test.
# Reports, output and console stay in target/lanes/KERNEL.
#   LANE_EXCLUDE=TAG   leaves out the tests with this JUnit tag; "restarts" are those that start several agents,
#                      "matrix" those that one kernel is enough for; both: "restarts | matrix"
#   LANE_ROWS=REGEX    only the rows of the table of policies whose name this is found in
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
it=$(dirname "$here")
kernel=${1:?usage: run-lane.sh KERNEL [CLASS...]}
shift
results=$it/target/lanes/$kernel
shared=${TETRAGON_SHARED:-$it/../../shared}
tree=${TETRAGON_TREE:-$it/../distribution/target/tetragon}

[ -f "$it/target/lane.classpath" ] || { echo "run-lane: build first: mvn package" >&2; exit 2; }
rm -rf "$results"
mkdir -p "$results"

# The report that stands for the lane when no test of it could be run.
report() { # KIND REASON
    local reason=${2//&/&amp;}
    reason=${reason//</&lt;}
    reason=${reason//\"/&quot;}
    printf '<testsuite name="lane" tests="1">\n<testcase classname="lane" name="%s"><%s message="%s"/></testcase>\n</testsuite>\n' \
        "$kernel" "$1" "$reason" >"$results/TEST-lane.xml"
}

# The scratch folder on tmpfs: on the overlay root every open is two for the kernel's security hooks.
java=$(readlink -f "$(command -v java)")
classpath=$it/target/test-classes:$(cat "$it/target/lane.classpath")
printf -v command '%q ' "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx1g \
    -Djdk.lang.Process.launchMechanism=VFORK -Djava.io.tmpdir=/run -Dtetragon.it.slowness=30 \
    -Dtetragon.tree="$(realpath -m "$tree")" -Dtetragon.shared="$(realpath -m "$shared")" \
    -Dtetragon.triggers="$it/target/triggers" -Dtetragon.it.exclude="${LANE_EXCLUDE:-}" \
    -Dtetragon.it.rows="${LANE_ROWS:-}" -cp "$classpath" io.tetragon.it.lane.LaneMain /mnt/results "$@"

status=0
TETRAGON_SHARED=$shared "$here/boot.sh" "$kernel" "$results" "$command" 2>"$results/boot.log" || status=$?
cat "$results/boot.log" >&2
if [ $status = 3 ]; then
    report skipped "lane $kernel: $(head -1 "$results/boot.log")"
elif ! ls "$results"/TEST-*.xml >/dev/null 2>&1; then
    report failure "lane $kernel: $(grep -m1 . "$results/boot.log" || echo "no report from the guest"); see $results"
    [ ! -f "$results/output" ] || tail -n 40 "$results/output" >&2
elif [ $status -gt 1 ]; then
    report failure "lane $kernel: ended with $status; see $results"
fi
"$it/summary" "$results"
