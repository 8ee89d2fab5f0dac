// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The LLVM programs the build runs: clang, and llvm-strip where there is one. */
final class Toolchain {
    private static final Map<String, String> MULTIARCH = Map.of("x86", "x86_64-linux-gnu", "arm64", "aarch64-linux-gnu");

    private final Path clang;
    private final Optional<Path> strip;

    private Toolchain(Path clang, Optional<Path> strip) {
        this.clang = clang;
        this.strip = strip;
    }

    /**
     * Looks the programs up.
     *
     * @param clang name or path of clang
     * @param strip name or path of llvm-strip; without it the objects keep their DWARF and are larger
     */
    static Toolchain find(String clang, String strip) throws BuildException {
        Path compiler = program(clang).orElseThrow(() -> new BuildException("clang was not found (looked for '" + clang
                + "'): BPF programs are compiled with it; install it (Debian, Ubuntu: apt-get install clang llvm) or"
                + " set -Dbpf.clang=/path/to/clang"));
        Optional<Path> stripper = program(strip);
        return new Toolchain(compiler, stripper.isPresent() ? stripper : besides(compiler));
    }

    private static Optional<Path> program(String name) {
        if (name.contains("/")) {
            return executable(Path.of(name));
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        for (String folder : path.split(File.pathSeparator)) {
            Optional<Path> found = executable(Path.of(folder, name));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** Distributions that version their commands keep the plain names in the folder the clang link points to. */
    private static Optional<Path> besides(Path compiler) {
        try {
            return executable(compiler.toRealPath().resolveSibling("llvm-strip"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> executable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file) ? Optional.of(file) : Optional.empty();
    }

    Path clang() {
        return clang;
    }

    Optional<Path> strip() {
        return strip;
    }

    /**
     * Where distributions with multiarch keep {@code asm/types.h}; clang does not look there when it targets BPF.
     *
     * @param arch as in {@code __TARGET_ARCH_...}
     */
    static Optional<Path> systemHeaders(String arch) {
        Path folder = Path.of("/usr/include", MULTIARCH.getOrDefault(arch, arch));
        return Files.isDirectory(folder) ? Optional.of(folder) : Optional.empty();
    }

    /**
     * Runs a program to its end.
     *
     * @return what it wrote, standard error included
     * @throws BuildException when it fails, with what it wrote
     */
    static String run(List<String> command, Path folder) throws BuildException {
        try {
            Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new BuildException(Path.of(command.get(0)).getFileName() + " failed:\n" + output.strip());
            }
            return output;
        } catch (IOException e) {
            throw new BuildException("cannot run " + command.get(0) + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BuildException("interrupted while running " + command.get(0));
        }
    }
}
