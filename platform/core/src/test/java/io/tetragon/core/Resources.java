// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
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

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            // The descriptor of the listing itself is gone by now.
            return "";
        }
    }
}
