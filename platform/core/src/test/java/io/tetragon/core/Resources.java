// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What this process holds of the kernel, by kind: BPF descriptors, mappings of BPF maps, threads of ours. */
final class Resources {
    private Resources() {}

    static Map<String, Long> held() throws IOException {
        Map<String, Long> held = new TreeMap<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            files.forEach(file -> {
                String target = target(file);
                if (target.contains("bpf") || target.contains("eventfd") || target.contains("perf")) {
                    held.merge(target, 1L, Long::sum);
                }
            });
        }
        held.put("mappings", Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("anon_inode")).count());
        held.put("threads", Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("ring-") || name.startsWith("sensor-") || name.startsWith("listener-")
                        || name.startsWith("bpf-")).count());
        return held;
    }

    /**
     * Returns what became more, once that has settled, or an empty text. The kernel and the collector of garbage take their
     * time; the test's own time-out is the bound.
     */
    static String grown(Map<String, Long> from) throws IOException {
        String grown = "";
        for (int i = 0; i < 50; i++) {
            grown = difference(from);
            if (grown.isEmpty()) {
                return grown;
            }
            System.gc();
            LockSupport.parkNanos(100_000_000);
        }
        return grown;
    }

    private static String difference(Map<String, Long> from) throws IOException {
        StringBuilder grown = new StringBuilder();
        held().forEach((kind, count) -> {
            if (count > from.getOrDefault(kind, 0L)) {
                grown.append(kind).append(' ').append(from.getOrDefault(kind, 0L)).append(" -> ").append(count).append(' ');
            }
        });
        return grown.toString();
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            // The descriptor of the listing itself is gone by now.
            return "";
        }
    }
}
