#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hooks.sh: what the hooks of policies cost: in BPF for each hit, in kernel memory, and to attach and detach. The figures of
# hits have what the kernel's own statistics add to each, some 50 ns. In a guest that counts instructions
# (hooks-in-guest.sh) a nanosecond of this table is an instruction.
#   BENCH_HITS=200000   calls measured for each policy
#   BENCH_UNIT=ns       what the clock counts
#   BENCH_ONLY=REGEX    only the policies of this script whose name this is found in
. "$(dirname "$0")/lib.sh"
prepare
hits=${BENCH_HITS:-200000}
unit=${BENCH_UNIT:-ns}
if [ -n "${BENCH_HITS_PROGRAM:-}" ]; then
    cp "$BENCH_HITS_PROGRAM" "$work/bin/hits"
else
    command -v gcc >/dev/null || unable "no gcc to build hits.c"
    gcc -std=gnu11 -O2 -static -o "$work/bin/hits" "$bench/src/hits.c"
fi

tetra() {
    "$tree/bin/tetra" --server-address "unix://$work/run/tetragon.sock" "$@"
}

# Nanoseconds and runs of all programs of the agent but those of the exec sensor, which run_count hits leave alone.
run_time() {
    grep -hE '^(prog_id|run_time_ns|run_cnt):' "/proc/$agent/fdinfo/"* 2>/dev/null |
        awk '/prog_id/ {id = $2} /run_time_ns/ {ns[id] = $2} /run_cnt/ {runs[id] = $2}
            END {for (id in runs) {all += ns[id]; count += runs[id]}; print all + 0, count + 0}'
}

policy() { # NAME: from standard input
    cat >"$work/$1.yaml"
}

# In the cgroup $group, if there is one.
group=
calls() { # CALL COUNT
    (
        [ -z "$group" ] || echo "$BASHPID" >"$group/cgroup.procs"
        exec "$work/bin/hits" "$1" "$2" >/dev/null
    )
}

# The cost of one hit: how much longer the agent's programs ran, by the calls made.
cost() { # NAME CALL
    local before after
    : >"$work/memory"
    tetra tracingpolicy add "$work/$1.yaml" >/dev/null || { echo "not on this kernel"; return; }
    calls "$2" $((hits / 10))
    sysctl -qw kernel.bpf_stats_enabled=1
    before=$(run_time)
    calls "$2" "$hits"
    after=$(run_time)
    sysctl -qw kernel.bpf_stats_enabled=0
    tetra tracingpolicy list -o json | grep -oE '"kernel_memory_bytes": ?"[0-9]+"' | grep -oE '[0-9]+' >"$work/memory"
    tetra tracingpolicy delete "$1" >/dev/null
    echo "$before $after" | awk -v hits="$hits" '{printf "%.0f\n", ($3 - $1) / hits}'
}

header() { # NAME
    printf 'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: %s\nspec:\n' "$1"
}

{ header number; cat <<'Y'
  kprobes:
  - call: sys_lseek
    syscall: true
    args:
    - {index: 0, type: int}
    - {index: 2, type: int}
    selectors:
    - matchArgs:
      - {index: 2, operator: Equal, values: ["5555"]}
Y
} | policy number
{ header container; cat <<'Y'
  containerSelector: {matchLabels: {name: selected}}
  kprobes:
  - call: sys_lseek
    syscall: true
    args:
    - {index: 0, type: int}
    - {index: 2, type: int}
    selectors:
    - matchArgs:
      - {index: 2, operator: Equal, values: ["5555"]}
Y
} | policy container
{ header host; cat <<'Y'
  hostSelector: {}
  kprobes:
  - call: sys_lseek
    syscall: true
    args:
    - {index: 0, type: int}
    - {index: 2, type: int}
    selectors:
    - matchArgs:
      - {index: 2, operator: Equal, values: ["5555"]}
Y
} | policy host
{ header binary; cat <<'Y'
  kprobes:
  - call: sys_lseek
    syscall: true
    selectors:
    - matchBinaries:
      - {operator: In, values: [/usr/bin/none-of-ours]}
Y
} | policy binary
{ header posted; cat <<'Y'
  kprobes:
  - call: sys_lseek
    syscall: true
    args:
    - {index: 0, type: int}
    - {index: 2, type: int}
    selectors:
    - matchArgs:
      - {index: 2, operator: Equal, values: ["4444"]}
Y
} | policy posted
{ header path; cat <<'Y'
  kprobes:
  - call: security_file_permission
    syscall: false
    args:
    - {index: 0, type: file}
    - {index: 1, type: int}
    selectors:
    - matchArgs:
      - {index: 0, operator: Prefix, values: [/etc/none-of-ours, /boot]}
Y
} | policy path
{ header lsm; cat <<'Y'
  lsmhooks:
  - hook: file_permission
    args:
    - {index: 1, type: int}
    selectors:
    - matchArgs:
      - {index: 1, operator: Equal, values: ["5555"]}
Y
} | policy lsm
sed 's/^  lsmhooks:/  fentries:/; s/hook: file_permission/call: security_file_permission\n    syscall: false/; s/: lsm$/: fentry/' \
    "$work/lsm.yaml" | policy fentry
{ cat "$work/lsm.yaml"; cat <<'Y'
      matchActions:
      - {action: Override, argError: -1}
Y
} | sed 's/: lsm$/: lsm-override/' | policy lsm-override
{ header lsm-binary; cat <<'Y'
  lsmhooks:
  - hook: file_permission
    selectors:
    - matchBinaries:
      - {operator: In, values: [/usr/bin/none-of-ours]}
Y
} | policy lsm-binary
{ header lsm-posted; cat <<Y
  lsmhooks:
  - hook: file_permission
    args:
    - {index: 1, type: int}
    selectors:
    - matchBinaries:
      - {operator: In, values: [$work/bin/hits]}
      matchArgs:
      - {index: 1, operator: Equal, values: ["4"]}
Y
} | policy lsm-posted
{ header tracepoint; cat <<'Y'
  tracepoints:
  - subsystem: raw_syscalls
    event: sys_enter
    args:
    - {index: 4, type: syscall64}
    selectors:
    - matchArgs:
      - {index: 0, operator: Equal, values: ["999"]}
Y
} | policy tracepoint
{ header function; cat <<Y
  uprobes:
  - path: $work/bin/hits
    symbols: [hits_function]
    args:
    - {index: 0, type: int}
    - {index: 2, type: int}
    selectors:
    - matchArgs:
      - {index: 2, operator: Equal, values: ["5555"]}
Y
} | policy function
sed -e 's/name: function/name: function-binary/' -e '/args:/,$d' "$work/function.yaml" >"$work/function-binary.yaml"
cat >>"$work/function-binary.yaml" <<'Y'
    selectors:
    - matchBinaries:
      - {operator: In, values: [/usr/bin/none-of-ours]}
Y
sed -e 's/name: function/name: function-posted/' -e 's/5555/4444/' "$work/function.yaml" >"$work/function-posted.yaml"
{ header ten; echo '  kprobes:'
for call in sys_lseek sys_getppid sys_umask sys_setsid sys_getpgid sys_sync sys_newuname sys_chdir sys_fchdir sys_mknod; do
    printf '  - {call: %s, syscall: true}\n' "$call"
done; } | policy ten
{ header all; cat <<'Y'
  lists:
  - {name: all, type: generated_syscalls}
  kprobes:
  - call: list:all
    selectors:
    - matchBinaries:
      - {operator: In, values: [/usr/bin/none-of-ours]}
Y
} | policy all

agent_start
table
[ "$unit" = ns ] && near=100 far= user=300 posted=1000 || near=500 far=1500 user=500 posted=
wanted() { # NAME
    [[ $1 =~ ${BENCH_ONLY:-} ]]
}
hit() { # NAME CALL WHAT ASKED
    local measured
    wanted "$1" || return 0
    measured=$(cost "$1" "$2")
    row "$3, $unit" "${4:+<= $4}" "$measured"
    [ ! -s "$work/memory" ] || row "- kernel memory of that policy, bytes" "<= 200000" "$(cat "$work/memory")"
}
hit number getppid "system call that no policy names" ""
hit number lseek "hit that a number filter refuses" "$near"
hit binary lseek "hit that matchBinaries refuses" "$near"
hit path read "hit that a path filter refuses" "$far"
hit fentry read "fentry hit that a number filter refuses" "$near"
hit lsm read "LSM hit that a number filter refuses" "$near"
hit lsm-override read "LSM hit that a number filter keeps from being denied" "$near"
hit lsm-binary read "LSM hit that matchBinaries refuses" "$near"
hit lsm-posted read "posted LSM hit with a number" "$posted"
hit tracepoint lseek "raw_syscalls hit that a number filter refuses" "$near"
hit function function "uprobe hit that a number filter refuses" "$user"
hit function-binary function "uprobe hit that matchBinaries refuses" "$user"
hit function-posted function "posted uprobe hit with two arguments" "$posted"
hit posted lseek "posted hit with two arguments" "$posted"
load() { # NAME WHAT ASKED
    wanted "$1" || return 0
    if tetra tracingpolicy add "$work/$1.yaml" >/dev/null; then
        tetra tracingpolicy delete "$1" >/dev/null
        row "$2: load and attach, ms" "$3" "$(logged "policy loaded")"
        row "$2: detach and unload, ms" "" "$(logged "policy deleted")"
    else
        row "$2" "$3" "not on this kernel"
    fi
}
logged() { # MESSAGE
    grep -F "$1" "$log" | tail -1 | grep -oE 'milliseconds=[0-9]+' | cut -d= -f2
}
load ten "10 system calls" "<= 300 for both"
load ten "10 system calls again" "<= 300 for both"
load all "all system calls" "<= 2000"
agent_stop

# Policies for some processes, where containers are as deep as those of Kubernetes.
for root_group in /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ ! -e "$root_group/cgroup.procs" ] || break
done
[ -e "$root_group/cgroup.procs" ] || exit 0
pods=tetragon-bench.slice/burst.slice/pod.slice
service=tetragon-bench.slice/service
mkdir -p "$root_group/$pods/selected/nested" "$root_group/$pods/other" "$root_group/$service"
remove_groups() {
    local one
    for one in "$pods/selected/nested" "$pods/selected" "$pods/other" "$service" "$pods" "${pods%/*}" "${pods%%/*}"; do
        rmdir "$root_group/$one"
    done
}
trap 'clean_up; remove_groups' EXIT
agent_start --enable-policy-filter
hit container lseek "hit of a policy for a container, none known" "$near"
for name in selected other; do
    tetra rthooks create-container --cgroups-path "/$pods/$name" --container-name "$name"
done
group=$root_group/$service
hit container lseek "hit of a policy for a container, from a service" "$near"
hit host lseek "hit of a policy for the host, from a service, that a number filter refuses" "$near"
group=$root_group/$pods/other
hit container lseek "hit of a policy for a container, from another one" "$near"
hit host lseek "hit of a policy for the host, from a container" "$near"
group=$root_group/$pods/selected/nested
hit container lseek "hit of a policy for a container, from a group within it, that a number filter refuses" "$near"
group=
agent_stop
