// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.bpf.btf.RecordLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Generates the classes a module asks for from the objects it has compiled. A struct may be known to several objects;
 * they must agree, or records of one could be read with the layout of another.
 */
final class ConstantsGenerator {
    private final Map<String, Btf> objects = new LinkedHashMap<>();
    private final ConstantsWriter writer;
    private final Path folder;

    /**
     * @param sources root of the generated sources
     */
    ConstantsGenerator(Iterable<Path> objectFiles, String packageName, Path sources)
            throws IOException, BuildException {
        for (Path file : objectFiles) {
            try {
                objects.put(file.getFileName().toString(), Btf.ofElf(Files.readAllBytes(file)));
            } catch (BtfFormatException e) {
                throw new BuildException(file.getFileName() + ": " + e.getMessage());
            }
        }
        this.writer = new ConstantsWriter(packageName);
        this.folder = sources.resolve(packageName.replace('.', '/'));
    }

    void record(RecordSpec spec) throws BuildException, IOException {
        require(spec.struct(), spec.className(), "<record> needs <struct> and <className>");
        RecordLayout first = null;
        String owner = "";
        String reason = "no BPF source was compiled";
        for (Map.Entry<String, Btf> object : objects.entrySet()) {
            RecordLayout layout;
            try {
                layout = RecordLayout.of(object.getValue(), spec.struct());
            } catch (BtfFormatException e) {
                reason = e.getMessage();
                continue;
            }
            if (first != null && !first.equals(layout)) {
                throw new BuildException("struct " + spec.struct() + " differs between " + owner + " and "
                        + object.getKey() + ": define it once, in a header both include");
            }
            first = layout;
            owner = object.getKey();
        }
        if (first == null) {
            throw new BuildException("cannot generate " + spec.className() + ": " + reason);
        }
        write(spec.className(), writer.record(spec.className(), first));
    }

    void enumeration(EnumSpec spec) throws BuildException, IOException {
        require(spec.name(), spec.className(), "<enum> needs <name> and <className>");
        Optional<BtfType.Enum> found = objects.values().stream()
                .flatMap(btf -> btf.find(spec.name(), BtfType.Enum.class).stream().mapToObj(btf::type))
                .map(BtfType.Enum.class::cast)
                .findFirst();
        BtfType.Enum enumeration = found.orElseThrow(() -> new BuildException("cannot generate " + spec.className()
                + ": enum " + spec.name() + " is not in the type information of any object: name it in a dummy"
                + " global (enum " + spec.name() + " *unused_" + spec.name() + " __attribute__((unused));)"));
        write(spec.className(), writer.enumeration(spec.className(), enumeration));
    }

    private static void require(String name, String className, String message) throws BuildException {
        if (name.isBlank() || className.isBlank()) {
            throw new BuildException(message);
        }
    }

    /** Leaves an unchanged file alone, so that javac is not run for nothing. */
    private void write(String className, String text) throws IOException {
        Path file = folder.resolve(className + ".java");
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return;
        }
        Files.createDirectories(folder);
        Files.writeString(file, text);
    }
}
