// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The types of src/test/bpf, compiled; skips where there is no compiler. */
final class TestTypes {
    private static final Path OBJECT = Path.of("target/test-bpf/types.bpf.o");

    private TestTypes() {}

    static KernelTypes types() throws IOException, InterruptedException {
        Files.createDirectories(OBJECT.getParent());
        Process clang;
        try {
            clang = new ProcessBuilder("clang", "-target", "bpf", "-O2", "-g", "-Wall", "-Werror", "-c",
                    "src/test/bpf/types.bpf.c", "-o", OBJECT.toString()).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "clang is not installed (Debian package clang)");
            throw e;
        }
        String output = new String(clang.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (clang.waitFor() != 0) {
            throw new AssertionError(output);
        }
        return KernelTypes.ofFile(OBJECT);
    }
}
