// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Compiles the test programs, and skips with the reason where the machine lacks something. */
public final class TestObjects {
    private TestObjects() {
    }

    /** Skips unless programs can be compiled and loaded here. */
    static byte[] compileToLoad(String name) throws IOException, InterruptedException {
        requireBpf();
        return compile(name);
    }

    static void requireBpf() throws IOException {
        String status = Files.readString(Path.of("/proc/self/status"));
        assumeTrue(status.contains("Uid:\t0\t0"), "not root");
        try (StandaloneMap map = BpfMap.create(new MapSpec("probe", MapType.ARRAY, 4, 4, 1, 0))) {
            assumeTrue(map.fd() >= 0);
        } catch (BpfException e) {
            assumeTrue(false, "no BPF here: " + e.getMessage());
        }
    }

    /** Compiles a program of src/test/bpf. */
    public static byte[] compile(String name) throws IOException, InterruptedException {
        return compile(Path.of("src/test/bpf", name + ".bpf.c"), Path.of("src/test/bpf"));
    }

    /** Compiles a program from anywhere. */
    static byte[] compile(Path source, Path include) throws IOException, InterruptedException {
        String name = source.getFileName().toString().replace(".bpf.c", ".bpf.o");
        Path object = Path.of("target/test-bpf", name);
        Files.createDirectories(object.getParent());
        Process clang;
        try {
            clang = new ProcessBuilder("clang", "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-Wall", "-Werror",
                    "-D__TARGET_ARCH_" + ("aarch64".equals(System.getProperty("os.arch")) ? "arm64" : "x86"),
                    "-I" + include, "-c", source.toString(), "-o", object.toString()).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "clang is not installed (Debian package clang)");
            throw e;
        }
        String output = new String(clang.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (clang.waitFor() != 0) {
            throw new AssertionError(output);
        }
        return Files.readAllBytes(object);
    }

    /** The kernel's id of the calling thread. */
    static int threadId() throws IOException {
        return Integer.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
    }

    static byte[] bytes(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    static byte[] bytes(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    static long number(byte[] value) {
        return ByteBuffer.wrap(Arrays.copyOf(value, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
}
