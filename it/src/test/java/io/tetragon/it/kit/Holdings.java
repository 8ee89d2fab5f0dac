// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an agent holds at one moment, after a garbage collection.
 *
 * @param files open file descriptors
 * @param programs ids of the BPF programs among them
 * @param maps ids of the BPF maps among them
 * @param bundleLoaders class loaders of bundles, -1 if this machine's Java has no jcmd
 * @param loaders all class loaders, likewise
 */
public record Holdings(int files, Set<Integer> programs, Set<Integer> maps, int bundleLoaders, int loaders) {
    private static final Pattern PROGRAM = Pattern.compile("^prog_id:\\s*(\\d+)", Pattern.MULTILINE);
    private static final Pattern MAP = Pattern.compile("^map_id:\\s*(\\d+)", Pattern.MULTILINE);
    private static final Pattern LOADERS = Pattern.compile("^Total = (\\d+)", Pattern.MULTILINE);
    private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin/jcmd");
    private static final Path BPFTOOL = Path.of("/usr/sbin/bpftool");

    /** Descriptors of client connections that are being closed. */
    private static final int PASSING_FILES = 2;

    /** The JVM makes a loader of its own for a reflective call that was made often. */
    private static final int PASSING_LOADERS = 4;

    public static Holdings of(AgentProcess agent) {
        Set<Integer> programs = programs(agent);
        Set<Integer> maps = ids(agent, MAP);
        if (!Files.isExecutable(JCMD)) {
            return new Holdings(agent.openFiles(), programs, maps, -1, -1);
        }
        String pid = Long.toString(agent.pid());
        Launch.of(JCMD.toString(), pid, "GC.run").run();
        String loaders = Launch.of(JCMD.toString(), pid, "VM.classloader_stats").run().output();
        Matcher total = LOADERS.matcher(loaders);
        if (!total.find()) {
            throw new AssertionError("jcmd VM.classloader_stats printed:\n" + loaders);
        }
        int ofBundles = loaders.split("BundleWiringImpl\\$BundleClassLoader", -1).length - 1;
        return new Holdings(agent.openFiles(), programs, maps, ofBundles, Integer.parseInt(total.group(1)));
    }

    /** The ids of the programs that the agent holds. */
    public static Set<Integer> programs(AgentProcess agent) {
        return ids(agent, PROGRAM);
    }

    /** The ids of the maps that the agent holds. */
    public static Set<Integer> maps(AgentProcess agent) {
        return ids(agent, MAP);
    }

    /** Those of the programs that the kernel still has, whoever holds them; by the agent's word where bpftool is missing. */
    public static Set<Integer> alive(AgentProcess agent, Set<Integer> programs) {
        Set<Integer> alive = new HashSet<>(programs(agent));
        alive.addAll(alive("prog", programs).keySet());
        alive.retainAll(programs);
        return alive;
    }

    /**
     * Those of the programs or maps that the kernel still has, whoever holds them, with their types and names; none where
     * bpftool is missing.
     *
     * @param kind {@code prog} or {@code map}
     */
    public static Map<Integer, String> alive(String kind, Set<Integer> ids) {
        Map<Integer, String> alive = new TreeMap<>();
        if (Files.isExecutable(BPFTOOL)) {
            try {
                JsonNode all = new ObjectMapper()
                        .readTree(Launch.of(BPFTOOL.toString(), "-j", kind, "show").run().output());
                all.forEach(object -> alive.put(object.path("id").asInt(),
                        object.path("type").asText() + ' ' + object.path("name").asText()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        alive.keySet().retainAll(ids);
        return alive;
    }

    /** What there is more of than {@code before}, one line each. */
    public List<String> growthSince(Holdings before) {
        List<String> growth = new ArrayList<>();
        grown(growth, "file descriptors", before.files + PASSING_FILES, files);
        grown(growth, "BPF programs", before.programs.size(), programs.size());
        grown(growth, "BPF maps", before.maps.size(), maps.size());
        grown(growth, "class loaders of bundles", before.bundleLoaders, bundleLoaders);
        grown(growth, "class loaders", before.loaders + PASSING_LOADERS, loaders);
        return growth;
    }

    private static void grown(List<String> growth, String what, int before, int now) {
        if (now > before) {
            growth.add(what + ": " + now + ", more than " + before);
        }
    }

    private static Set<Integer> ids(AgentProcess agent, Pattern pattern) {
        Set<Integer> ids = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(agent.pid()), "fdinfo"))) {
            for (Path file : files.toList()) {
                Matcher matcher = pattern.matcher(content(file));
                if (matcher.find()) {
                    ids.add(Integer.valueOf(matcher.group(1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ids;
    }

    /** Descriptors are closed while we look. */
    private static String content(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    @Override
    public String toString() {
        return files + " files, " + programs.size() + " programs, " + maps.size() + " maps, " + bundleLoaders
                + " bundle class loaders of " + loaders;
    }
}
