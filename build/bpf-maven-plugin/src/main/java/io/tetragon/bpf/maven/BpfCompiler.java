// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Compiles BPF sources, one object each. A source is compiled again when it, a header it included last time (system
 * headers too) or the command line changed; what it includes is read from the dependency file clang writes.
 */
final class BpfCompiler {
    static final String SOURCE_SUFFIX = ".bpf.c";
    static final String OBJECT_SUFFIX = ".bpf.o";

    private final Toolchain tools;
    private final Path base;
    private final Path state;
    private final List<String> options;

    /**
     * @param base    the module's folder; absolute paths below it do not reach the object
     * @param state   keeps dependency files and command lines between builds
     * @param options passed to clang, include folders included
     */
    BpfCompiler(Toolchain tools, Path base, Path state, List<String> options) {
        this.tools = tools;
        this.base = base;
        this.state = state;
        this.options = List.copyOf(options);
    }

    /**
     * The options every BPF object is built with.
     *
     * @param arch as in {@code __TARGET_ARCH_...} of libbpf's headers
     * @param root outermost folder whose path must not reach the object, for builds that are reproducible elsewhere
     */
    static List<String> standardOptions(String arch, Path root, List<Path> includes) {
        List<String> options = new ArrayList<>(List.of("-target", "bpf", "-D__TARGET_ARCH_" + arch, "-O2", "-g",
                "-mcpu=v3", "-Wall", "-Werror", "-ffile-prefix-map=" + root + "=.", "-fdebug-compilation-dir=."));
        for (Path include : includes) {
            options.add("-I" + include);
        }
        Toolchain.systemHeaders(arch).ifPresent(folder -> options.addAll(List.of("-idirafter", folder.toString())));
        return options;
    }

    /**
     * Brings an object up to date.
     *
     * @return whether it had to be compiled
     */
    boolean compile(Path source, Path object) throws BuildException, IOException {
        String name = stem(source);
        Path dependencies = state.resolve(name + ".d");
        Path commandFile = state.resolve(name + ".cmd");
        Path fresh = state.resolve(name + ".o");
        List<String> command = new ArrayList<>();
        command.add(tools.clang().toString());
        command.addAll(options);
        command.addAll(List.of("-MD", "-MF", dependencies.toString(), "-c", source.toString(), "-o",
                fresh.toString()));
        String line = String.join("\n", command) + "\n" + tools.strip();
        if (upToDate(object, dependencies, commandFile, line)) {
            return false;
        }
        Files.createDirectories(state);
        Files.createDirectories(object.getParent());
        Files.deleteIfExists(commandFile);
        Toolchain.run(command, base);
        if (tools.strip().isPresent()) {
            Toolchain.run(List.of(tools.strip().get().toString(), "-g", fresh.toString()), base);
        }
        Files.move(fresh, object, StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(commandFile, line);
        return true;
    }

    static String stem(Path source) {
        String file = source.getFileName().toString();
        return file.substring(0, file.length() - SOURCE_SUFFIX.length());
    }

    private boolean upToDate(Path object, Path dependencies, Path commandFile, String line) throws IOException {
        if (!Files.exists(object) || !Files.exists(dependencies) || !Files.exists(commandFile)
                || !Files.readString(commandFile).equals(line)) {
            return false;
        }
        FileTime built = Files.getLastModifiedTime(object);
        for (Path file : prerequisites(Files.readString(dependencies))) {
            Path resolved = base.resolve(file);
            if (!Files.exists(resolved) || Files.getLastModifiedTime(resolved).compareTo(built) > 0) {
                return false;
            }
        }
        return true;
    }

    /** The files named after the colon of a make rule; a blank within a name is escaped with a backslash. */
    static List<Path> prerequisites(String rule) {
        String names = rule.substring(rule.indexOf(": ") + 1).replace("\\\n", " ");
        return Arrays.stream(names.split("(?<!\\\\)\\s+"))
                .filter(name -> !name.isBlank())
                .map(name -> Path.of(name.replace("\\ ", " ").strip()))
                .toList();
    }
}
