// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.DirectoryLock;
import io.tetragon.bpf.KernelMemory;
import io.tetragon.core.PolicyKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What earlier agents left in force, oldest first. It goes when this agent has taken its place, so that what it forbids is
 * never permitted in between. Several agents may have left something: a start that was killed half-way leaves what it had
 * loaded beside what it was to replace. Safe for use by any thread.
 */
public final class Leftovers {
    private static final Log LOG = Log.of(Leftovers.class);

    private static final String OLD = "_old";

    /**
     * What this agent has loaded.
     *
     * @param loaded policies that are in force again, as {@link PinNames#policy} names them
     * @param failed policies that could not be loaded, as {@link PinNames#policyName(String, String)} names them
     * @param unreadable whether there is a policy of which not even the name is known
     * @param failedSensors sensors that are there but not usable
     */
    public record Outcome(Set<String> loaded, Set<String> failed, boolean unreadable, Set<String> failedSensors) {
        public Outcome {
            loaded = Set.copyOf(loaded);
            failed = Set.copyOf(failed);
            failedSensors = Set.copyOf(failedSensors);
        }
    }

    private final List<Generation> generations = new ArrayList<>();
    private final Consumer<KeptRecords> onEnd;
    private boolean taken;

    private Leftovers(Consumer<KeptRecords> onEnd) {
        this.onEnd = onEnd;
    }

    /** Returns that there is nothing. */
    static Leftovers none() {
        return new Leftovers(records -> {});
    }

    /**
     * Finds what is left below directories that have been moved aside.
     *
     * @param name of the directory that agents pin to
     * @param onEnd told what became of the records of whatever is lifted wholly
     */
    static Leftovers find(Path bpffs, String name, Consumer<KeptRecords> onEnd) throws IOException {
        Leftovers found = new Leftovers(onEnd);
        TreeMap<Long, Path> numbered = new TreeMap<>();
        for (String file : PinTree.names(bpffs)) {
            long number = number(file, name);
            if (number >= 0 && BpfFs.isDirectory(bpffs.resolve(file)) && !inUse(bpffs.resolve(file))) {
                numbered.put(number, bpffs.resolve(file));
            }
        }
        numbered.values().forEach(root -> found.generations.add(new Generation(root)));
        return found;
    }

    /** Returns where a directory is moved, behind all that were before. */
    static Path aside(Path bpffs, String name) throws IOException {
        long last = PinTree.names(bpffs).stream().map(file -> number(file, name)).max(Comparator.naturalOrder()).orElse(-1L);
        return bpffs.resolve(last < 0 ? name + OLD : name + OLD + '_' + (last + 1));
    }

    /** Returns the place of a directory among those moved aside, -1 if it is none. */
    private static long number(String file, String name) {
        if (!file.startsWith(name + OLD)) {
            return -1;
        }
        String rest = file.substring(name.length() + OLD.length());
        if (rest.isEmpty()) {
            return 0;
        }
        return rest.matches("_[1-9][0-9]{0,8}") ? Long.parseLong(rest.substring(1)) : -1;
    }

    /** Tells whether a living agent has the directory. */
    static boolean inUse(Path directory) {
        try {
            Optional<DirectoryLock> lock = DirectoryLock.tryLock(directory);
            lock.ifPresent(DirectoryLock::close);
            return lock.isEmpty();
        } catch (BpfException e) {
            LOG.debug("directory cannot be locked", "path", directory, "reason", e.getMessage());
            return true;
        }
    }

    /** Adds the youngest. */
    synchronized void add(Path root) {
        generations.add(new Generation(root));
    }

    /** Returns the directories, oldest first. */
    synchronized List<Path> roots() {
        return generations.stream().map(Generation::root).toList();
    }

    /**
     * Lifts what a younger agent has wholly replaced, so that starts that are killed again and again do not pile up. What it
     * forbids stays forbidden: the younger one's is in force.
     */
    synchronized void thin() {
        Set<String> replaced = new HashSet<>();
        for (int i = generations.size() - 1; i >= 0; i--) {
            Generation generation = generations.get(i);
            try {
                for (String folder : generation.policies()) {
                    if (replaced.contains(Generation.policyOf(folder))) {
                        generation.release(folder);
                    }
                }
                generation.policies().stream().filter(folder -> !folder.startsWith(PinNames.UNFINISHED))
                        .forEach(replaced::add);
            } catch (IOException e) {
                warn(generation, e);
            }
        }
        endEmpty();
    }

    /** Returns the bytes of kernel memory that it takes. */
    synchronized long kernelMemoryBytes() {
        try {
            Set<Integer> programs = new HashSet<>();
            for (Generation generation : generations) {
                programs.addAll(generation.programs());
            }
            return KernelMemory.ofPrograms(programs);
        } catch (BpfException | IOException e) {
            LOG.warn("how much memory it takes is not known", "reason", e.getMessage());
            return 0;
        }
    }

    /** Lifts everything. */
    synchronized void releaseAll() {
        for (Generation generation : generations) {
            try {
                List<String> policies = generation.policies().stream().map(PinNames::readable).toList();
                onEnd.accept(generation.end());
                LOG.warn("what an earlier agent kept in force is lifted", "path", generation.root(), "policies", policies,
                        "reason", "--release-pinned-bpf, without --keep-sensors-on-exit");
            } catch (IOException e) {
                warn(generation, e);
            }
        }
        generations.clear();
    }

    /** Lifts what this agent has replaced or does not want any more; what it should have loaded but could not, stays. */
    public synchronized void takeOver(Outcome now) {
        taken = true;
        for (Generation generation : generations) {
            try {
                List<String> sensors = new ArrayList<>(generation.sensors());
                sensors.retainAll(now.failedSensors());
                for (String folder : generation.policies()) {
                    takeOver(generation, folder, sensors, now);
                }
            } catch (IOException e) {
                warn(generation, e);
            }
        }
        endEmpty();
        if (!generations.isEmpty()) {
            LOG.warn("what stays of earlier agents takes kernel memory", "bytes", kernelMemoryBytes(), "paths", roots());
        }
    }

    private static void takeOver(Generation generation, String folder, List<String> failedSensors, Outcome now)
            throws IOException {
        String policy = Generation.policyOf(folder);
        String reason = "";
        if (!failedSensors.isEmpty()) {
            reason = "sensors are not usable now: " + String.join(", ", failedSensors);
        } else if (!now.loaded().contains(policy) && now.failed().contains(PinNames.policyName(policy))) {
            reason = "it could not be loaded now";
        } else if (!now.loaded().contains(policy) && now.unreadable()) {
            reason = "a file of a policy cannot be read now, and it may be this one";
        }
        if (reason.isEmpty()) {
            generation.release(folder);
            if (!now.loaded().contains(policy)) {
                LOG.warn("policy of an earlier agent is lifted", "policy", PinNames.readable(policy), "reason",
                        "this agent was not given it", "remedy", "add it again, or give it to the agent as a file");
            }
            return;
        }
        LOG.warn("policy of an earlier agent stays in force", "policy", PinNames.readable(policy), "reason", reason,
                "remedy", "correct the cause and start again; to lift it: rm -r " + generation.root().resolve(folder));
    }

    /** A policy was loaded, or deleted, after the start: what stayed in force for want of it, goes. */
    public synchronized void settled(PolicyKey key) {
        if (!taken || generations.isEmpty()) {
            return;
        }
        String name = PinNames.policyName(key.namespace(), key.name());
        for (Generation generation : generations) {
            try {
                for (String folder : generation.policies()) {
                    if (PinNames.policyName(Generation.policyOf(folder)).equals(name)) {
                        generation.release(folder);
                        LOG.info("policy of an earlier agent is lifted", "policy", PinNames.readable(Generation.policyOf(folder)));
                    }
                }
            } catch (IOException e) {
                warn(generation, e);
            }
        }
        endEmpty();
    }

    /** Ends those that have no policy any more. */
    private void endEmpty() {
        Iterator<Generation> each = generations.iterator();
        while (each.hasNext()) {
            Generation generation = each.next();
            try {
                if (generation.policies().isEmpty()) {
                    KeptRecords records = generation.end();
                    onEnd.accept(records);
                    each.remove();
                    LOG.info("sensors of an earlier agent are released", "path", generation.root(), "records_not_read",
                            records.unread(), "records_lost", records.lost());
                }
            } catch (IOException e) {
                warn(generation, e);
            }
        }
    }

    private static void warn(Generation generation, IOException e) {
        LOG.error("what an earlier agent left cannot be released", "path", generation.root(), "reason", e.toString(),
                "remedy", "rm -r " + generation.root());
    }
}
