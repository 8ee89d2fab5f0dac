// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.api.process.Process;
import io.tetragon.api.process.ProcessDescription;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cache against a slow model of it, under random operations on few identities. */
class ProcessCacheModelTest {
    private static final int OPERATIONS = 100_000;

    private record Key(int pid, long ktime) {}

    private static final class Entry {
        final Key key;
        final Key parent;
        boolean alive = true;
        boolean retains;
        int refs = 1;
        int rounds;

        Entry(Key key, Key parent) {
            this.key = key;
            this.parent = parent;
        }
    }

    /** Three lists, oldest first, in the order in which they are evicted. */
    private static final class Model {
        final Map<Key, Entry> unused = new LinkedHashMap<>();
        final Map<Key, Entry> deadParents = new LinkedHashMap<>();
        final Map<Key, Entry> living = new LinkedHashMap<>();
        final int max;
        long evictedLiving;
        long evictedDead;

        Model(int max) {
            this.max = max;
        }

        @Nullable Entry get(Key key) {
            Entry found = living.get(key);
            found = found == null ? deadParents.get(key) : found;
            return found == null ? unused.get(key) : found;
        }

        int size() {
            return living.size() + deadParents.size() + unused.size();
        }

        List<Map<Key, Entry>> lists() {
            return List.of(unused, deadParents, living);
        }

        void insert(Entry entry) {
            Entry same = get(entry.key);
            if (same != null) {
                entry.refs += same.refs - (same.alive ? 1 : 0);
                drop(same);
            }
            while (size() >= max) {
                Map<Key, Entry> list = lists().stream().filter(l -> !l.isEmpty()).findFirst().orElseThrow();
                if (list == living) {
                    evictedLiving++;
                } else {
                    evictedDead++;
                }
                drop(list.values().iterator().next());
            }
            living.put(entry.key, entry);
            Entry parent = get(entry.parent);
            if (parent != null) {
                entry.retains = true;
                parent.refs++;
                if (unused.remove(parent.key) != null) {
                    deadParents.put(parent.key, parent);
                }
            }
        }

        void end(Key key) {
            Entry entry = living.remove(key);
            if (entry == null) {
                return;
            }
            entry.alive = false;
            deadParents.put(key, entry);
            release(entry);
            releaseParent(entry);
        }

        void drop(Entry entry) {
            lists().forEach(list -> list.remove(entry.key));
            releaseParent(entry);
        }

        void releaseParent(Entry entry) {
            if (entry.retains) {
                entry.retains = false;
                Entry parent = get(entry.parent);
                if (parent != null) {
                    release(parent);
                }
            }
        }

        void release(Entry entry) {
            if (entry.refs > (entry.alive ? 1 : 0) && --entry.refs == 0 && !entry.alive) {
                deadParents.remove(entry.key);
                unused.put(entry.key, entry);
                entry.rounds = 0;
            }
        }

        void collect() {
            for (Entry entry : new ArrayList<>(unused.values())) {
                if (entry.rounds++ > 0) {
                    drop(entry);
                }
            }
        }

        @Nullable Entry newest(int pid) {
            Entry newest = null;
            for (Map<Key, Entry> list : lists()) {
                for (Entry entry : list.values()) {
                    if (entry.key.pid == pid && (newest == null || entry.key.ktime > newest.key.ktime)) {
                        newest = entry;
                    }
                }
            }
            return newest;
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1000000, 40", "2, 1000000, 300", "3, 30, 40", "4, 200, 300", "5, 1, 10", "6, 2000, 3000"})
    void behavesAsItsModel(long seed, int maxEntries, int pids) {
        Random random = new Random(seed);
        Model model = new Model(maxEntries);
        ProcessCache cache = new ProcessCache(new ProcessEncoding("node", false, false, Descriptions.HOST), d -> "",
                1L << 40, maxEntries);
        for (int i = 0; i < OPERATIONS; i++) {
            step(random, model, cache, pids, "operation " + i);
        }
        cache.collect();
        model.collect();
        ProcessCache.Stats stats = cache.stats();
        assertEquals(model.size(), stats.entries());
        assertEquals(model.evictedLiving, stats.evictedLiving());
        assertEquals(model.evictedDead, stats.evictedDead());
        for (Map<Key, Entry> list : model.lists()) {
            for (Entry entry : new ArrayList<>(list.values())) {
                same(entry, cache.find(entry.key.pid, entry.key.ktime), "at the end");
            }
        }
    }

    private static void step(Random random, Model model, ProcessCache cache, int pids, String what) {
        Key key = key(random, pids);
        Key parent = key(random, pids);
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                ProcessDescription d = Descriptions.process(key.pid, key.ktime, parent.pid, parent.ktime);
                Key replaced = random.nextBoolean() ? key(random, pids) : null;
                if (replaced != null) {
                    d.replacedPid = replaced.pid;
                    d.replacedKtime = replaced.ktime;
                }
                Process process = cache.executed(d);
                Entry entry = new Entry(key, parent);
                model.insert(entry);
                if (replaced != null) {
                    model.end(replaced);
                }
                same(entry, process, what);
            }
            case 3, 4 -> {
                Process fork = cache.forked(key.pid, key.pid, key.ktime, 0, parent.pid, parent.ktime, false);
                Entry entry = null;
                if (model.get(parent) != null) {
                    entry = new Entry(key, parent);
                    model.insert(entry);
                }
                same(entry, fork, what);
            }
            case 5, 6, 7 -> {
                Process exited = cache.exited(key.pid, key.ktime);
                Entry entry = model.get(key);
                model.end(key);
                same(entry, exited, what);
            }
            case 8, 9 -> {
                same(model.get(key), cache.find(key.pid, key.ktime), what);
                Entry used = model.living.remove(key);
                if (used != null) {
                    model.living.put(key, used);
                }
            }
            case 10 -> same(model.newest(key.pid), cache.newest(key.pid), what);
            default -> {
                if (random.nextInt(200) == 0) {
                    cache.collect();
                    model.collect();
                    assertEquals(model.size(), cache.stats().entries(), what);
                } else if (random.nextInt(2000) == 0) {
                    cache.forgetAll();
                    model.lists().forEach(Map::clear);
                }
            }
        }
    }

    private static void same(@Nullable Entry expected, @Nullable Process actual, String what) {
        assertEquals(expected == null ? "none" : expected.key + " " + expected.refs + " of " + expected.parent,
                actual == null ? "none" : new Key(actual.pid(), actual.ktime()) + " " + actual.refcnt() + " of "
                        + new Key(actual.parentPid(), actual.parentKtime()), what);
    }

    /** Few pids with few times each, so that identities come back. */
    private static Key key(Random random, int pids) {
        return new Key(1 + random.nextInt(pids), 1 + random.nextInt(4));
    }
}
