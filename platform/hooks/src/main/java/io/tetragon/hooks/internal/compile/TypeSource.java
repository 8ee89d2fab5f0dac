// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads type information when it is asked for and keeps it until {@link #release}. Thread-safe. */
public final class TypeSource {
    /** A kernel has six megabytes, with all of its drivers built in some ten; nothing reasonable is near this. */
    private static final int LARGEST = 256 << 20;

    private static final String KERNEL = "vmlinux";

    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

    private final Path file;
    private final @Nullable Path modules;
    private final Map<String, TypeTable> tables = new LinkedHashMap<>();

    /**
     * @param file a BTF section, or an ELF file that has one
     * @param modules the folder with a BTF section for each module; null where there are none
     */
    public TypeSource(Path file, @Nullable Path modules) {
        this.file = file;
        this.modules = modules;
    }

    /**
     * Returns the types of the kernel or program.
     *
     * @throws TetragonException UNSUPPORTED when they cannot be read
     */
    public TypeTable types() throws TetragonException {
        return module("");
    }

    /**
     * Returns the types of a module.
     *
     * @throws TetragonException NOT_FOUND when the module is not loaded or has no types
     */
    public synchronized TypeTable module(String module) throws TetragonException {
        TypeTable known = tables.get(module);
        if (known == null) {
            known = module.isEmpty() ? read("", file, null) : read(module, moduleFile(module), types());
            tables.put(module, known);
        }
        return known;
    }

    /** Returns the modules that are loaded and have types. */
    public List<String> modules() throws TetragonException {
        if (modules == null || !Files.isDirectory(modules)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(modules)) {
            return files.map(path -> path.getFileName().toString()).filter(name -> !name.equals(KERNEL)).sorted()
                    .toList();
        } catch (IOException e) {
            throw new TetragonException(Kind.UNSUPPORTED, "list the types in " + modules,
                    String.valueOf(e.getMessage()), "", e);
        }
    }

    /** Gives the memory back; the next question reads anew. */
    public synchronized void release() {
        tables.clear();
    }

    /** The name comes from a policy. */
    private Path moduleFile(String module) throws TetragonException {
        if (modules == null || !module.matches("[A-Za-z0-9_-]{1,64}") || module.equals(KERNEL)) {
            throw new TetragonException(Kind.NOT_FOUND, "read the types of module " + module, "there is no such module",
                    "");
        }
        return modules.resolve(module.replace('-', '_'));
    }

    private static TypeTable read(String module, Path file, @Nullable TypeTable base) throws TetragonException {
        String what = "read the types in " + file;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST);
            boolean elf = bytes.length >= ELF.length && Arrays.equals(bytes, 0, ELF.length, ELF, 0, ELF.length);
            Btf btf = elf ? Btf.ofElf(bytes) : Btf.parse(bytes, base == null ? null : base.btf());
            return TypeTable.of(module, btf, base);
        } catch (NoSuchFileException e) {
            throw new TetragonException(module.isEmpty() ? Kind.UNSUPPORTED : Kind.NOT_FOUND, what,
                    "there is no such file", module.isEmpty() ? "the kernel needs CONFIG_DEBUG_INFO_BTF"
                    : "load the module, which needs CONFIG_DEBUG_INFO_BTF_MODULES", e);
        } catch (IOException | BtfFormatException e) {
            throw new TetragonException(Kind.UNSUPPORTED, what, String.valueOf(e.getMessage()), "", e);
        }
    }
}
