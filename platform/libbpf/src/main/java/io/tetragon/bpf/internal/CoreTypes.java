// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.bpf.btf.BtfSubset;
import io.tetragon.bpf.btf.CoreRelocations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The types of the running kernel that objects relocate against, in a small file for libbpf. From the kernel's own file,
 * libbpf reads a hundred thousand types for each object, and compares the names of all of them with that of every type
 * the object knows: most of the time that loading takes.
 *
 * <p>The file is made for the second object, and made anew when an object asks for names that were never asked for before.
 * The first one gets the kernel's own: it comes when the agent starts, and the code that makes the file, which then runs
 * for the first time, takes longer (some 40 ms of CPU time, 5 ms later on) than libbpf takes for one object (some 25 ms).
 * Objects that it would not serve rightly get none, and so the kernel's own: when anything about them, or about the
 * kernel's types, is not understood, or when the types are a module's. Safe for concurrent use.
 */
public final class CoreTypes {
    private static final Logger LOGGER = Logger.getLogger("io.tetragon.bpf");
    private static final CoreTypes KERNEL = new CoreTypes();

    private final Set<String> names = new HashSet<>();
    private Set<String> modules = Set.of();
    private Set<String> inNoModule = Set.of();
    private @Nullable BtfSubset subset;
    private int file = -1;
    private boolean first = true;

    private CoreTypes() {
        super();
    }

    /** @return those of the running kernel */
    public static CoreTypes ofKernel() {
        return KERNEL;
    }

    /**
     * An object as libbpf should get it.
     *
     * @param elf   the object, relocated as far as libbpf cannot do it with the file
     * @param types the file's descriptor, for the caller to close when the object is loaded; -1 for the kernel's own
     */
    public record Prepared(byte[] elf, int types) {
        /** @return the file's path; empty for the kernel's own */
        public String path() {
            return types < 0 ? "" : pathOf(types);
        }
    }

    /** Prepares an object; whatever goes wrong with it, libbpf will have to say. */
    public Prepared prepare(byte[] elf, String name) {
        return !CoreRelocations.mayBeIn(elf) || isFirst() ? new Prepared(elf, -1) : prepareSmall(elf, name);
    }

    private synchronized boolean isFirst() {
        boolean was = first;
        first = false;
        return was;
    }

    /** Prepares an object like {@link #prepare}, even the first one. */
    public Prepared prepareSmall(byte[] elf, String name) {
        try {
            CoreRelocations relocations = CoreRelocations.ofElf(elf);
            if (relocations.names().isEmpty()) {
                return new Prepared(elf, -1);
            }
            if (relocations.answeredBySubset()) {
                return prepare(relocations, elf, name);
            }
            return whole(elf, name, () -> "it has relocations that follow pointers");
        } catch (BtfFormatException | BpfException | IOException | UncheckedIOException e) {
            return whole(elf, name, e::toString);
        }
    }

    private static Prepared whole(byte[] elf, String name, Supplier<String> why) {
        LOGGER.fine(() -> "object " + name + " is relocated with all of the kernel's types: " + why.get());
        return new Prepared(elf, -1);
    }

    private synchronized Prepared prepare(CoreRelocations relocations, byte[] elf, String name) throws IOException {
        Set<String> wanted = relocations.names();
        BtfSubset types = subset;
        if (types == null || !names.containsAll(wanted)) {
            types = make(wanted);
        }
        BtfSubset made = types;
        Set<String> missing = wanted.stream().filter(type -> !made.has(type)).collect(Collectors.toSet());
        if (!missing.isEmpty() && !inNoModule(missing)) {
            return whole(elf, name, () -> "a module may have " + missing);
        }
        byte[] relocated = relocations.withTypeIds(made);
        return new Prepared(relocated, Libc.duplicate(file));
    }

    private BtfSubset make(Set<String> wanted) throws IOException {
        Set<String> all = new HashSet<>(names);
        all.addAll(wanted);
        BtfSubset made;
        try (KernelBtf kernel = KernelBtf.open()) {
            made = BtfSubset.of(kernel.btf(), all);
        }
        byte[] section = made.section();
        int fd = Libc.memoryFile("btf", section);
        if (!Files.isReadable(Path.of(pathOf(fd)))) {
            Libc.close(fd);
            throw new IOException(pathOf(fd) + " cannot be opened");
        }
        if (file >= 0) {
            Libc.close(file);
        }
        file = fd;
        subset = made;
        names.addAll(wanted);
        LOGGER.fine(() -> "objects are relocated with " + section.length + " bytes of types");
        return made;
    }

    /** libbpf looks into modules for what the kernel itself does not have, but only when it has no file of ours. */
    private boolean inNoModule(Set<String> missing) throws IOException {
        Set<String> present;
        try (Stream<Path> files = Files.list(KernelBtf.FOLDER)) {
            present = files.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
        present.remove("vmlinux");
        if (present.isEmpty() || present.equals(modules) && inNoModule.containsAll(missing)) {
            return true;
        }
        Set<String> all = new HashSet<>(missing);
        try (KernelBtf kernel = KernelBtf.open()) {
            for (String module : present) {
                byte[] section = Files.readAllBytes(KernelBtf.FOLDER.resolve(module));
                if (BtfSubset.hasAny(Btf.parse(section, kernel.btf()), all)) {
                    return false;
                }
            }
        }
        if (present.equals(modules)) {
            all.addAll(inNoModule);
        }
        modules = present;
        inNoModule = all;
        return true;
    }

    private static String pathOf(int fd) {
        return "/proc/self/fd/" + fd;
    }
}
