// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.DirectoryLock;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.core.PolicyKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The agent's directory in the BPF file system. With {@code --keep-sensors-on-exit} the links of every policy and sensor are
 * pinned there from their first moment, so that they survive an orderly end as well as a kill; what an earlier agent left is
 * moved aside and replaced. Without the flag nothing is pinned and there is no directory.
 *
 * <pre>
 *   /sys/fs/bpf/tetragon/               locked while the agent lives
 *     __base__/SENSOR/NUMBER_HOOK       links of sensors that belong to no policy
 *     __maps__/                         the ring and its accounts
 *     POLICY/SENSOR/NUMBER_HOOK         links of a policy, and maps that the kernel empties when nobody holds them
 *   /sys/fs/bpf/tetragon_old[_NUMBER]/  what earlier agents left, until it is replaced
 * </pre>
 */
public final class Pins implements AutoCloseable {
    private static final Log LOG = Log.of(Pins.class);

    private static final String FLAG = "--keep-sensors-on-exit";
    private static final String NAME = "[^./\\p{Cntrl}]{1,200}";

    private final @Nullable Path directory;
    private final @Nullable DirectoryLock lock;
    private final Leftovers leftovers;
    private volatile boolean keeps;
    private @Nullable StandaloneMap atEnd;

    private Pins(@Nullable Path directory, @Nullable DirectoryLock lock, Leftovers leftovers) {
        this.directory = directory;
        this.lock = lock;
        this.leftovers = leftovers;
        keeps = directory != null;
    }

    /**
     * Takes the directory, or sees that there is none.
     *
     * @param losses told how many records, and by which reason, nobody has read
     * @throws TetragonException if sensors are to be kept and that is not possible, or another agent does so here
     */
    public static Pins open(Settings settings, BiConsumer<String, Long> losses) throws TetragonException {
        boolean keep = settings.bool("keep-sensors-on-exit");
        String name = settings.string("bpf-dir");
        if (keep && !name.matches(NAME)) {
            throw new TetragonException(Kind.INVALID_ARGUMENT, "--bpf-dir=" + name,
                    "it is the name of one directory, without slash and dot", "correct the flag");
        }
        try {
            Path bpffs = BpfFs.root();
            if (!BpfFs.isMounted(bpffs)) {
                if (!keep) {
                    return none();
                }
                bpffs = BpfFs.mount();
                LOG.info("BPF file system mounted", "at", bpffs);
                warnIfPrivate(bpffs);
            }
            return open(bpffs, name, keep, settings.bool("release-pinned-bpf"), losses);
        } catch (BpfException e) {
            return unless(keep, e.operation() + ": " + e.reason(), e.remedy(), e);
        } catch (IOException e) {
            return unless(keep, e.toString(), "", e);
        }
    }

    /** A file system that was mounted in a container goes with it, and its pins with both. */
    private static void warnIfPrivate(Path bpffs) throws IOException {
        Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"));
        if (!own.equals(Files.readSymbolicLink(Path.of("/proc/1/ns/mnt")))) {
            LOG.warn("policies stay in force only as long as this mount namespace", "reason", "the BPF file system was not"
                    + " mounted in it", "remedy", "mount the host's " + BpfFs.ROOT + " at " + bpffs);
        }
    }

    private static Pins unless(boolean keep, String why, String remedy, Exception e) throws TetragonException {
        if (keep) {
            throw impossible(why, remedy.isEmpty() ? "correct that, or start without " + FLAG : remedy, e);
        }
        LOG.warn("what an earlier agent may have left is not looked for", "reason", why);
        return none();
    }

    private static Pins none() {
        return new Pins(null, null, Leftovers.none());
    }

    private static Pins open(Path bpffs, String name, boolean keep, boolean release, BiConsumer<String, Long> losses)
            throws IOException, TetragonException {
        Leftovers leftovers = Leftovers.find(bpffs, name, records -> {
            losses.accept("records_not_read", records.unread());
            losses.accept("records_lost", records.lost());
        });
        Path directory = bpffs.resolve(name);
        if (name.matches(NAME) && Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            String why = foreign(directory);
            if (!why.isEmpty()) {
                if (keep) {
                    throw impossible(directory + " " + why, "stop whoever it belongs to, remove it, or name another with"
                            + " --bpf-dir", null);
                }
                LOG.warn("what is in the directory for pins is left alone", "path", directory, "reason", "it " + why);
            } else if (!keep && release) {
                leftovers.add(directory);
            } else {
                Path aside = Leftovers.aside(bpffs, name);
                Files.move(directory, aside);
                leftovers.add(aside);
            }
        }
        if (!keep && release) {
            leftovers.releaseAll();
        } else {
            leftovers.thin();
        }
        if (!leftovers.roots().isEmpty()) {
            LOG.info("what an earlier agent left stays in force until it is replaced", "paths", leftovers.roots(),
                    "kernel_memory_bytes", leftovers.kernelMemoryBytes());
        }
        if (!keep) {
            return new Pins(null, null, leftovers);
        }
        BpfFs.createDirectory(directory);
        Optional<DirectoryLock> lock = DirectoryLock.tryLock(directory);
        if (lock.isEmpty()) {
            throw impossible(directory + " was just taken by another agent", "stop one of both", null);
        }
        return new Pins(directory, lock.get(), leftovers);
    }

    /** Says why a directory is none that an agent of this user has left; empty if it is. */
    private static String foreign(Path directory) throws IOException {
        if (!BpfFs.isDirectory(directory)) {
            return "is no directory";
        }
        Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            return "belongs to user " + owner;
        }
        return Leftovers.inUse(directory) ? "is used by another agent" : "";
    }

    private static TetragonException impossible(String why, String remedy, @Nullable Throwable cause) {
        return new TetragonException(Kind.FAILED_PRECONDITION, FLAG, why, remedy, cause);
    }

    /** Tells whether what is attached stays when the agent ends. For any thread. */
    public boolean keeps() {
        return keeps;
    }

    /** Nothing is to stay: the start has failed. For any thread. */
    public void giveUp() {
        keeps = false;
    }

    /** Returns where pins go, null without any. */
    public @Nullable Path directory() {
        return directory;
    }

    /** Returns what earlier agents left. */
    public Leftovers leftovers() {
        return leftovers;
    }

    /** Pins what tells the next agent how much nobody has read. */
    public void accounts(Map<String, BpfMap> maps) throws TetragonException {
        if (directory == null) {
            return;
        }
        try {
            Path folder = directory.resolve(PinNames.MAPS);
            BpfFs.createDirectory(folder);
            atEnd = KeptRecords.pin(folder, maps);
        } catch (BpfException e) {
            throw impossible(e.operation() + ": " + e.reason(), e.remedy(), e);
        }
    }

    /** Returns where the links of a sensor are pinned that belong to no policy. */
    public PinFolder sensor(String name) {
        return directory == null ? PinFolder.NONE
                : new PinFolder(directory.resolve(PinNames.BASE), PinNames.escape(name), "sensor " + name);
    }

    /** Returns where the links of a policy are pinned. */
    public PinFolder policy(PolicyKey key) {
        return directory == null ? PinFolder.NONE : new PinFolder(directory, PinNames.policy(key), "policy " + key);
    }

    /** Leaves everything in force and notes how many records the agent has lost itself. */
    public void leave(long lost) {
        StandaloneMap map = atEnd;
        if (map != null) {
            try {
                KeptRecords.atEnd(map, lost);
            } catch (BpfException e) {
                LOG.warn("the next agent will count losses of this one as its own", "reason", e.getMessage());
            }
        }
    }

    /** Removes the directory, unless what is in it stays in force. */
    @Override
    public void close() {
        if (directory != null && !keeps) {
            try {
                PinTree.remove(directory);
            } catch (IOException e) {
                LOG.error("pins cannot be removed, so programs stay attached", "path", directory, "reason", e.toString(),
                        "remedy", "rm -r " + directory);
            }
        }
        if (atEnd != null) {
            atEnd.close();
        }
        if (lock != null) {
            lock.close();
        }
    }
}
