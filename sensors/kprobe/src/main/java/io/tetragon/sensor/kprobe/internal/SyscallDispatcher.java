// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attached;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.BpfLink;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Hooks on system calls without a probe on each: one program at the entry of all system calls, and one at the return of all,
 * look into a table and hand over to the programs of the hooks. Each is attached while there is a hook for it. Control
 * thread only.
 */
final class SyscallDispatcher implements AutoCloseable {
    private static final String ENTRY_PROGRAM = "hook_syscall_enter";
    private static final String RETURN_PROGRAM = "hook_syscall_exit";
    private static final String ENFORCER_PROGRAM = "enforcer_syscall";

    /** The indices of execve and execveat, of 64-bit callers and of 32-bit ones. */
    private static final Set<Integer> EXECS = Set.of(59, 322, 512 + 11, 512 + 358);

    /** One of the two directions. */
    private static final class Side implements AutoCloseable {
        private final String program;
        private final String tracepoint;
        private final String tableName;
        private final String arrayName;
        private final StandaloneMap table;
        private final StandaloneMap array;
        private final SyscallChains chains;
        private @Nullable BpfObject object;
        private @Nullable BpfLink link;

        private Side(String program, String tracepoint, String tableName, String arrayName) {
            this.program = program;
            this.tracepoint = tracepoint;
            this.tableName = tableName;
            this.arrayName = arrayName;
            table = BpfMap.create(new MapSpec(tableName, MapType.ARRAY, 4, 2, SyscallChains.CALLS, 0));
            array = BpfMap.create(new MapSpec(arrayName, MapType.PROG_ARRAY, 4, 4, SyscallChains.PLACES, 0));
            chains = new SyscallChains(table, array);
        }

        private void start(byte[] bytes) {
            if (link != null) {
                return;
            }
            BpfObject opened = BpfObject.open(bytes, "syscalls");
            try {
                opened.programs().forEach(found -> found.setAutoload(found.name().equals(program)));
                opened.maps().stream().filter(map -> map.name().startsWith("syscall_")).forEach(map -> {
                    if (map.name().equals(tableName)) {
                        map.reuse(table);
                    } else if (map.name().equals(arrayName)) {
                        map.reuse(array);
                    } else {
                        map.setAutocreate(false);
                    }
                });
                opened.load();
                link = opened.program(program).attachRawTracepoint(tracepoint);
                object = opened;
            } finally {
                if (object == null) {
                    opened.close();
                }
            }
        }

        private void stopWhenUnused() {
            BpfObject loaded = object;
            if (loaded != null && chains.isEmpty()) {
                link = null;
                object = null;
                loaded.close();
            }
        }

        @Override
        public void close() {
            BpfObject loaded = object;
            if (loaded != null) {
                loaded.close();
            }
            array.close();
            table.close();
        }
    }

    private final byte[] bytes;
    private final Side entries;
    private final Side returns;

    /** @param bytes the dispatcher's object */
    SyscallDispatcher(byte[] bytes) {
        this.bytes = bytes;
        entries = new Side("syscall_enter", "sys_enter", "syscall_table", "syscall_programs");
        returns = new Side("syscall_exit", "sys_exit", "syscall_exit_table", "syscall_exit_programs");
    }

    /** Adds an enforcer, which signals at the entries of these calls, to the plan of its object. */
    void planEnforcer(ObjectPlan.Builder plan, Set<Integer> calls) {
        plan.reuse(entries.arrayName, entries.array).program(ENFORCER_PROGRAM)
                .omit(returns.arrayName).omit("syscall_exit_next")
                .attach(attachment(entries, ENFORCER_PROGRAM, "syscall_next", calls));
    }

    /** Adds a hook's programs to the plan of its object. */
    void plan(ObjectPlan.Builder plan, Set<Integer> calls, boolean withReturn) {
        plan.reuse(entries.arrayName, entries.array).program(ENTRY_PROGRAM);
        if (withReturn) {
            plan.reuse(returns.arrayName, returns.array).program(RETURN_PROGRAM);
            plan.attach(attachment(returns, RETURN_PROGRAM, "syscall_exit_next", withExecs(calls)));
        } else {
            plan.omit(returns.arrayName).omit("syscall_exit_next");
        }
        plan.attach(attachment(entries, ENTRY_PROGRAM, "syscall_next", calls));
    }

    /** An exec that succeeds returns as the execve of the new program's calling convention, whatever it was called as. */
    private static Set<Integer> withExecs(Set<Integer> calls) {
        if (calls.stream().noneMatch(EXECS::contains)) {
            return calls;
        }
        Set<Integer> all = new TreeSet<>(calls);
        all.addAll(EXECS);
        return all;
    }

    private Attachment attachment(Side side, String program, String next, Set<Integer> calls) {
        List<Integer> indexes = List.copyOf(calls);
        return new Attachment() {
            @Override
            public AutoCloseable attach(BpfObject object) throws TetragonException {
                SyscallChains.Member member =
                        side.chains.add(indexes, object.program(program).fd(), object.map(next));
                try {
                    side.start(bytes);
                } catch (RuntimeException e) {
                    side.chains.remove(member);
                    throw e;
                }
                return new Attached() {
                    @Override
                    public List<BpfLink> links() {
                        BpfLink link = side.link;
                        return link == null ? List.of() : List.of(link);
                    }

                    @Override
                    public void close() {
                        side.chains.remove(member);
                        side.stopWhenUnused();
                    }
                };
            }

            @Override
            public String description() {
                return "raw tracepoint " + side.tracepoint + ", " + indexes.size() + " system calls";
            }
        };
    }

    @Override
    public void close() {
        entries.close();
        returns.close();
    }
}
