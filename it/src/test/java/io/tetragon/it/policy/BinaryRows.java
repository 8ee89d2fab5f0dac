// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.SCRATCH;
import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.SEEK;
import static io.tetragon.it.policy.Hits.seek;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;
import static io.tetragon.it.policy.PolicyText.binaries;
import static io.tetragon.it.policy.PolicyText.onSeek;
import static io.tetragon.it.policy.PolicyText.onlyTriggers;

import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Selectors by the program that runs, that ran its parent, or that an ancestor ran. */
final class BinaryRows {
    private static final String PARENT = trigger("vfork-exec");
    private static final String COPY = scratch("binary-copy");

    private BinaryRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(own(), early(), parents(), descendants()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> own() {
        String folder = SCRATCH.toString();
        // 255 characters with the folder, the most that a policy takes.
        String longest = folder + "/" + "l".repeat(255 - folder.length() - 1);
        return Stream.of(
                only(SMOKE + "In takes the program", "In", List.of("/usr/bin/none", SEEK), true),
                only("In takes no other program", "In", List.of("/usr/bin/none"), false),
                only("NotIn leaves the program out", "NotIn", List.of("/usr/bin/none", SEEK), false),
                only("NotIn takes all others", "NotIn", List.of("/usr/bin/none"), true),
                only("Prefix takes programs below a folder", "Prefix",
                        List.of("/opt/none/", SEEK.substring(0, SEEK.lastIndexOf('/') + 1)), true),
                only("Prefix takes no others", "Prefix", List.of("/opt/none/"), false),
                only("NotPrefix leaves them out", "NotPrefix", List.of(SEEK.substring(0, 5)), false),
                only("Postfix takes programs by their name", "Postfix", List.of("/none", "/seek"), true),
                only("NotPostfix leaves them out", "NotPostfix", List.of("/seek"), false),
                row(
                        "a path of 255 characters is compared whole",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("In", longest))),
                        Launch.of(longest, "1"),
                        seek(longest, 1))
                        .given(() -> copySeekTo(longest)),
                row(
                        "a path that is longer than another by one character is another",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("In", COPY))),
                        Launch.of(COPY + "x", "1"))
                        .given(() -> copySeekTo(COPY + "x")),
                row(
                        "a program that executes another is the other from then on",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("In", "/usr/bin/env"))),
                        Launch.of("/usr/bin/env", SEEK, "1")));
    }

    private static PolicyScenario only(String name, String operator, List<String> paths, boolean hit) {
        PolicyScenario row = row(
                name,
                Lane.NATIVE,
                onSeek(onlyTriggers(binaries(operator, paths.toArray(String[]::new)))),
                Launch.of(SEEK, "1"),
                seek(SEEK, 1));
        return hit ? row : new PolicyScenario(
                name, row.lane(), row.specs(), row.setup(), row.action(), row.status(), List.of());
    }

    private static Stream<PolicyScenario> early() {
        return Stream.of(
                row(
                        SMOKE + "a process that ran before the policy came is matched",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("In", SEEK))),
                        Launch.of(SEEK, "wait", "1").hold(),
                        seek(SEEK, 1)),
                row(
                        "a child that was forked before the policy came is matched",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("In", SEEK))),
                        Launch.of(SEEK, "wait", "child", "1").hold(),
                        seek(SEEK, 1)),
                row(
                        "a process that ran before the policy came is left out by NotIn",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("NotIn", SEEK))),
                        Launch.of(SEEK, "wait", "1").hold()));
    }

    private static Stream<PolicyScenario> parents() {
        return Stream.of(
                row(
                        "a parent's program is matched",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(parent("In", PARENT))),
                        Launch.of(PARENT, SEEK, "1"),
                        seek(SEEK, 1)),
                row(
                        "a grandparent's program is not the parent's",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(parent("In", "/usr/bin/env"))),
                        Launch.of("/usr/bin/env", PARENT, PARENT, SEEK, "1")),
                row(
                        "a parent's program is left out by NotIn",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(parent("NotIn", PARENT))),
                        Launch.of(PARENT, SEEK, "1")),
                row(
                        "parents' programs are matched by their beginning",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(parent("Prefix", PARENT.substring(0, PARENT.length() - 3)))),
                        Launch.of(PARENT, SEEK, "1"),
                        seek(SEEK, 1)));
    }

    private static Stream<PolicyScenario> descendants() {
        return Stream.of(
                row(
                        "followChildren takes what the program starts, and what that starts",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(following(COPY))),
                        Launch.of(COPY, trigger("vfork-exec"), SEEK, "1"),
                        seek(SEEK, 1))
                        .given(() -> copyTo(COPY, PARENT)),
                row(
                        "without followChildren only the program itself is taken",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(binaries("In", COPY))),
                        Launch.of(COPY, SEEK, "1"))
                        .given(() -> copyTo(COPY, PARENT)),
                row(
                        "followChildren takes descendants that ran before the policy came",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(following(COPY))),
                        Launch.of(COPY, trigger("vfork-exec"), SEEK, "wait", "1").hold(),
                        seek(SEEK, 1))
                        .given(() -> copyTo(COPY, PARENT)),
                row(
                        "followChildren takes no strangers",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(following(COPY))),
                        Launch.of(PARENT, SEEK, "1")));
    }

    private static String parent(String operator, String... paths) {
        return binaries(operator, paths).replace("matchBinaries", "matchParentBinaries");
    }

    private static String following(String path) {
        return binaries("In", path) + "  followChildren: true\n";
    }

    private static void copySeekTo(String path) throws IOException {
        copyTo(path, SEEK);
    }

    private static void copyTo(String path, String from) throws IOException {
        Files.copy(Path.of(from), Path.of(path), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    }
}
