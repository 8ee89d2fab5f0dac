// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The facts and recorded policies that lie beside the working copy; tests skip where they are not. */
final class Shared {
    static final PolicyContext CONTEXT = PolicyContext
            .standalone(() -> List.of("sys_read", "sys_write", "sys_dup"), () -> List.of("ksys_read", "vfs_read"))
            .withKubernetes("default")
            .withPolicyFilter();

    private Shared() {}

    static Path folder(String name) {
        Path folder = Path.of(System.getProperty("tetragon.shared", "../../../shared"), name);
        assumeTrue(Files.exists(folder), () -> folder.toAbsolutePath().normalize() + " is not there");
        return folder;
    }

    /** The text of a policy; the quick start's are templates that its reader fills in. */
    static byte[] read(Path file) throws IOException {
        return Files.readString(file)
                .replace("${PODCIDR}", "10.244.0.0/16")
                .replace("${SERVICECIDR}", "10.96.0.0/12")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Every policy that somebody else wrote: the upstream project's examples, and those of the recordings. */
    static List<Path> policies() throws IOException {
        try (Stream<Path> corpus = Files.walk(folder("corpus/policies"));
                Stream<Path> golden = Files.walk(folder("golden"))) {
            return Stream.concat(
                            corpus.filter(file -> file.toString().endsWith(".yaml")),
                            golden.filter(file -> file.endsWith("policy.yaml")))
                    .sorted()
                    .toList();
        }
    }
}
