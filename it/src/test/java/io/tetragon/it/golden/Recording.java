// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One folder of recordings: a workload, and the events it gave.
 *
 * @param name the folder's name
 * @param flags those the reference agent had
 * @param lane what its policy asks of the kernel
 * @param programs those whose processes are compared, when the others depend on time; empty for all
 * @param mistaken functions and tracepoints whose arguments the reference agent got wrong; they are not compared
 * @param placed triggers that stand for programs of the recorder's machine, by the path that they had there
 */
record Recording(String name, AgentSetup flags, Lane lane, Set<String> programs, Set<String> mistaken,
        Map<Path, String> placed) {
    /** The recorder left out what its own script ran: this is one of those tools. */
    static final Set<String> NOT_RECORDED = Set.of("/usr/bin/wc");

    /** The recorder kept this many lines of the base cases. */
    private static final int TRIMMED_AT = 40;

    /**
     * The shell line that put the workload into its cgroup. It is an argument in the recorded events, so it is the
     * same here; where the cgroup does not exist its first command fails and the second goes on.
     */
    private static final String ENTER =
            "echo $$ > /sys/fs/cgroup/user.slice/golden.scope/cgroup.procs; exec bash \"$0\"";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The program that the recorder started; before it there can be events of the recording before. */
    private static final String FIRST = "/usr/bin/timeout";

    /** Without a policy. */
    static Recording base(String name, AgentSetup flags) {
        return new Recording(name, flags, Lane.NATIVE, Set.of(), Set.of(), Map.of());
    }

    static Recording policy(String name, Lane lane) {
        return new Recording(name, AgentSetup.DEFAULTS, lane, Set.of(), Set.of(), Map.of());
    }

    Recording onlyOf(String... these) {
        return new Recording(name, flags, lane, Set.of(these), mistaken, placed);
    }

    Recording withoutArgumentsOf(String... these) {
        return new Recording(name, flags, lane, programs, Set.of(these), placed);
    }

    /** With a trigger in place of a program. */
    Recording placing(String program, String trigger) {
        return new Recording(name, flags, lane, programs, mistaken, Map.of(Path.of(program), trigger));
    }

    /** The folder with it; absent where the recordings are not laid out beside the sources. */
    Path folder() {
        return Places.SHARED.resolve("golden").resolve(name);
    }

    /** Its policy; empty when it has none. */
    String policyText() {
        Path policy = folder().resolve("policy.yaml");
        try {
            return Files.exists(policy) ? Files.readString(policy) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its workload, as it was called when it was recorded. */
    String recordedWorkload() {
        return "/mnt/" + name + "/workload.sh";
    }

    /** Its workload, as it is called here. */
    String workload() {
        return folder().resolve("workload.sh").toString();
    }

    List<Event> events() {
        List<Event> events = new ArrayList<>();
        try {
            for (String line : lines()) {
                Event event = new Event(events.size(), JSON.readTree(line));
                if (!events.isEmpty() || event.at("process.binary").asText().equals(FIRST)) {
                    events.add(event);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return events;
    }

    /** What the recorded programs loaded that is not on this machine, where they would load something else. */
    Optional<String> missingLibrary() {
        return events().stream()
                .filter(event -> event.type().equals("process_loader"))
                .map(event -> event.at("path").asText())
                .filter(path -> !Files.exists(Path.of(path)))
                .findFirst()
                .map(path -> "the recorded programs loaded " + path + ", which is not here");
    }

    /** The events of its policy, also where there is nothing else. */
    List<Event> ofPolicy() {
        List<Event> events = new ArrayList<>();
        try {
            for (String line : lines()) {
                events.add(new Event(events.size(), JSON.readTree(line)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return events.stream().filter(Event::isOfPolicy).toList();
    }

    /** Whether the workload went on after the last recorded event. */
    boolean isTrimmed() {
        return lines().size() == TRIMMED_AT;
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(folder().resolve("events.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The workload below a shell, with the environment of the recording. The events wanted are those of the
     * {@code timeout} that this shell starts: it takes the part of the recorder's script.
     */
    Launch launch() {
        return Launch.of("/usr/bin/bash", "-c", "timeout 60 bash -c \"$1\" \"$2\"; exit 0", "recorder", ENTER, workload())
                .in("/")
                .environment(Map.of(
                        "ONLY", ".",
                        "PWD", "/",
                        "HOME", "/root",
                        "TERM", "dumb",
                        "SHLVL", "2",
                        "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/srv/src",
                        "OLDPWD", "/"));
    }

    @Override
    public String toString() {
        return name;
    }
}
