// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import io.tetragon.api.process.Process;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessFlags;
import io.tetragon.api.process.ProcessTable;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The process cache. Used by the reader's thread alone, except for {@link #stats}, so it has no locks.
 *
 * <p>Two intrusive hash tables, by identity and by process id; entries know their parent by identity only, so no chain of
 * objects can grow behind the cache's back. Three lists in order of age: the living by last use, the dead that are a
 * parent of somebody living, and the dead that nobody needs, by the time since. The collector drops the latter when they
 * were unused for a whole round (30 to 60 s); when the bytes are used up, room is made at once: those that nobody needs
 * first, then dead parents, then the living that were idle longest.
 */
public final class ProcessCache implements ProcessTable {
    /** Parent of what has none in /proc. */
    private static final long KERNEL_KTIME = 1;

    private static final int INITIAL_BUCKETS = 1024;

    private final ProcessEncoding encoding;
    private final ToUserName userNames;
    private final long maxBytes;
    private final int maxEntries;
    private final CachedProcess kernel;

    private CachedProcess[] byIdentity = new CachedProcess[INITIAL_BUCKETS];
    private CachedProcess[] byPid = new CachedProcess[INITIAL_BUCKETS];
    private final AgeList living = new AgeList();
    private final AgeList deadParents = new AgeList();
    private final AgeList unused = new AgeList();
    private int entries;
    private long bytes;
    private long evictedLiving;
    private long evictedDead;
    private volatile Stats stats = new Stats(0, 0, 0, 0);

    /** Finds the name of a user for the metadata of processes on the host, or an empty string. */
    @FunctionalInterface
    public interface ToUserName {
        /** @return the name, empty when the user has none or the process is not the host's */
        String of(ProcessDescription description);
    }

    /**
     * Figures of one moment.
     *
     * @param entries processes, living and dead
     * @param bytes estimate of what they take
     * @param evictedDead dead ones dropped before their time, to make room
     * @param evictedLiving living ones dropped to make room: events of theirs will lack data
     */
    public record Stats(int entries, long bytes, long evictedDead, long evictedLiving) {}

    /**
     * @param maxBytes bound of the estimated size
     * @param maxEntries bound of the number of entries
     */
    public ProcessCache(ProcessEncoding encoding, ToUserName userNames, long maxBytes, int maxEntries) {
        this.encoding = encoding;
        this.userNames = userNames;
        this.maxBytes = maxBytes;
        this.maxEntries = maxEntries;
        ProcessDescription d = new ProcessDescription();
        d.ktime = KERNEL_KTIME;
        d.binary = "<kernel>".getBytes(StandardCharsets.US_ASCII);
        d.flags = ProcessFlags.PROCFS;
        kernel = new CachedProcess(encoding, d, "");
        kernel.refcnt = 0;
    }

    @Override
    public @Nullable Process find(int pid, long ktime) {
        CachedProcess found = lookup(pid, ktime);
        if (found != null && found.alive && found != kernel) {
            living.touch(found);
        }
        return found;
    }

    @Override
    public @Nullable Process newest(int pid) {
        CachedProcess newest = null;
        for (CachedProcess p = byPid[bucket(pid, byPid.length)]; p != null; p = p.nextOfPidBucket) {
            if (p.pid() == pid && (newest == null || p.ktime() - newest.ktime() > 0)) {
                newest = p;
            }
        }
        return newest;
    }

    @Override
    public boolean hasEnded(int pid, long ktime) {
        CachedProcess found = lookup(pid, ktime);
        return found != null && !found.alive;
    }

    @Override
    public Process executed(ProcessDescription description) {
        CachedProcess entry = new CachedProcess(encoding, description, userNames.of(description));
        insert(entry);
        if (description.replacedKtime != 0) {
            end(lookup(description.replacedPid, description.replacedKtime));
        }
        return entry;
    }

    @Override
    public @Nullable Process forked(int pid, int nsPid, long ktime, long startTimeNanos, int parentPid,
            long parentKtime, boolean inInitTree) {
        CachedProcess parent = lookup(parentPid, parentKtime);
        if (parent == null) {
            return null;
        }
        CachedProcess entry = new CachedProcess(parent, pid, nsPid, ktime, startTimeNanos, inInitTree);
        insert(entry);
        return entry;
    }

    @Override
    public @Nullable Process exited(int pid, long ktime) {
        CachedProcess entry = lookup(pid, ktime);
        end(entry);
        return entry;
    }

    @Override
    public void forgetAll() {
        byIdentity = new CachedProcess[INITIAL_BUCKETS];
        byPid = new CachedProcess[INITIAL_BUCKETS];
        living.clear();
        deadParents.clear();
        unused.clear();
        entries = 0;
        bytes = 0;
        publish();
    }

    /** Tells whether no process is known at all. On the reader's thread only. */
    public boolean isEmpty() {
        return entries == 0;
    }

    /** Runs one round of the collector: to be called once in each interval. */
    public void collect() {
        CachedProcess next = unused.oldest;
        while (next != null) {
            CachedProcess entry = next;
            next = entry.newer;
            if (entry.age++ > 0) {
                remove(entry);
            }
        }
        publish();
    }

    /** Returns figures, at most one round old. For any thread. */
    public Stats stats() {
        return stats;
    }

    private @Nullable CachedProcess lookup(int pid, long ktime) {
        if (pid == 0) {
            return ktime == KERNEL_KTIME ? kernel : null;
        }
        CachedProcess p = byIdentity[bucket(identity(pid, ktime), byIdentity.length)];
        while (p != null && !p.is(pid, ktime)) {
            p = p.nextInBucket;
        }
        return p;
    }

    private void insert(CachedProcess entry) {
        CachedProcess same = lookup(entry.pid(), entry.ktime());
        if (same != null) {
            // Told twice, by a scan and by its exec: its children's references go over.
            entry.refcnt = entry.refcnt + same.refcnt - (same.alive ? 1 : 0);
            remove(same);
        }
        bytes += entry.size();
        entries++;
        makeRoom();
        if (entries > byIdentity.length) {
            grow();
        }
        link(entry);
        living.append(entry);
        CachedProcess parent = lookup(entry.parentPid(), entry.parentKtime());
        if (parent != null) {
            retain(parent);
            entry.retainsParent = true;
        }
        if ((entries & 0xFF) == 0) {
            publish();
        }
    }

    /** The own reference of a process goes, and with it the one to its parent. */
    private void end(@Nullable CachedProcess entry) {
        if (entry == null || !entry.alive) {
            return;
        }
        entry.alive = false;
        living.remove(entry);
        deadParents.append(entry);
        release(entry);
        releaseParent(entry);
    }

    private void makeRoom() {
        while (bytes > maxBytes || entries > maxEntries) {
            CachedProcess victim = unused.oldest;
            if (victim == null) {
                victim = deadParents.oldest;
            }
            if (victim != null) {
                evictedDead++;
            } else {
                victim = living.oldest;
                if (victim == null) {
                    return;
                }
                evictedLiving++;
            }
            remove(victim);
        }
    }

    private void remove(CachedProcess entry) {
        listOf(entry).remove(entry);
        unlink(entry);
        bytes -= entry.size();
        entries--;
        releaseParent(entry);
    }

    private AgeList listOf(CachedProcess entry) {
        if (entry.alive) {
            return living;
        }
        return entry.refcnt > 0 ? deadParents : unused;
    }

    // The reader's thread is the only writer, so a volatile read and write are an update.
    private void retain(CachedProcess entry) {
        if (entry == kernel) {
            return;
        }
        if (!entry.alive && entry.refcnt == 0) {
            unused.remove(entry);
            deadParents.append(entry);
        }
        entry.refcnt = entry.refcnt + 1;
    }

    private void release(CachedProcess entry) {
        if (entry == kernel || entry.refcnt <= (entry.alive ? 1 : 0)) {
            // A reference that was to an earlier entry of this identity.
            return;
        }
        entry.refcnt = entry.refcnt - 1;
        if (!entry.alive && entry.refcnt == 0) {
            deadParents.remove(entry);
            unused.append(entry);
            entry.age = 0;
        }
    }

    /** A child that was told before its parent has no reference to give back. */
    private void releaseParent(CachedProcess entry) {
        if (entry.retainsParent) {
            entry.retainsParent = false;
            CachedProcess parent = lookup(entry.parentPid(), entry.parentKtime());
            if (parent != null) {
                release(parent);
            }
        }
    }

    private void link(CachedProcess entry) {
        int i = bucket(identity(entry.pid(), entry.ktime()), byIdentity.length);
        entry.nextInBucket = byIdentity[i];
        byIdentity[i] = entry;
        i = bucket(entry.pid(), byPid.length);
        entry.nextOfPidBucket = byPid[i];
        byPid[i] = entry;
    }

    private void unlink(CachedProcess entry) {
        int i = bucket(identity(entry.pid(), entry.ktime()), byIdentity.length);
        CachedProcess previous = null;
        for (CachedProcess p = byIdentity[i]; p != null; previous = p, p = p.nextInBucket) {
            if (p == entry) {
                if (previous == null) {
                    byIdentity[i] = p.nextInBucket;
                } else {
                    previous.nextInBucket = p.nextInBucket;
                }
                break;
            }
        }
        i = bucket(entry.pid(), byPid.length);
        previous = null;
        for (CachedProcess p = byPid[i]; p != null; previous = p, p = p.nextOfPidBucket) {
            if (p == entry) {
                if (previous == null) {
                    byPid[i] = p.nextOfPidBucket;
                } else {
                    previous.nextOfPidBucket = p.nextOfPidBucket;
                }
                break;
            }
        }
    }

    private void grow() {
        int size = byIdentity.length * 2;
        byIdentity = new CachedProcess[size];
        byPid = new CachedProcess[size];
        for (CachedProcess p = living.oldest; p != null; p = p.newer) {
            link(p);
        }
        for (CachedProcess p = deadParents.oldest; p != null; p = p.newer) {
            link(p);
        }
        for (CachedProcess p = unused.oldest; p != null; p = p.newer) {
            link(p);
        }
    }

    private void publish() {
        stats = new Stats(entries, bytes, evictedDead, evictedLiving);
    }

    private static long identity(int pid, long ktime) {
        return ktime * 0x9E3779B97F4A7C15L + pid;
    }

    private static int bucket(long key, int buckets) {
        long h = key * 0xD6E8FEB86659FD93L;
        return (int) (h ^ h >>> 32) & buckets - 1;
    }
}
