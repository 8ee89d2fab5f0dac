// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompileTest {
    private static final Pattern CONSTANT = Pattern.compile("public static final int (\\w+) = (-?\\d+);");

    @TempDir
    private Path folder;
    private Path source;
    private Path header;
    private Path object;
    private Toolchain tools;

    @BeforeEach
    void copySources() throws IOException {
        try {
            tools = Toolchain.find("clang", "llvm-strip");
        } catch (BuildException e) {
            assumeTrue(false, e.getMessage());
        }
        source = folder.resolve("layouts.bpf.c");
        header = folder.resolve("layouts.h");
        object = folder.resolve("out/layouts.bpf.o");
        Files.copy(Path.of("src/test/bpf/layouts.bpf.c"), source);
        Files.copy(Path.of("src/test/bpf/layouts.h"), header);
        FileTime past = FileTime.fromMillis(System.currentTimeMillis() - 60_000);
        Files.setLastModifiedTime(source, past);
        Files.setLastModifiedTime(header, past);
    }

    @Test
    void offsetsOfAStructAreThoseOfTheCompiler() throws Exception {
        compile();
        Map<String, Integer> expected = new TreeMap<>(Map.of("SIZE", 104, "COMMON", 0, "COMMON_OP", 0,
                "COMMON_FLAGS", 1, "COMMON_SIZE", 4, "COMMON_KTIME", 8, "SIZE_", 16, "NAME", 20, "NAME_SIZE", 17));
        expected.putAll(Map.of("ADDR", 40, "PORT", 40, "PAIR", 48, "PAIR_FIRST", 48, "PAIR_SECOND", 52,
                "BOTH", 56, "BOTH_SIZE", 32, "KIND", 88, "NEXT", 96, "TAIL", 104));
        assertEquals(expected, constants(generateRecord("sample")));
    }

    @Test
    void constantsOfAnEnumAreGenerated() throws Exception {
        compile();
        EnumSpec spec = new EnumSpec();
        spec.setName("sample_op");
        spec.setClassName("SampleOp");
        generator().enumeration(spec);
        assertEquals(Map.of("OP_FIRST", 1, "OP_LAST", 254, "OP_NONE", -1), constants("SampleOp"));
    }

    @Test
    void anUnknownStructIsAnErrorThatTellsTheRemedy() throws Exception {
        compile();
        BuildException error = assertThrows(BuildException.class, () -> generateRecord("missing"));
        assertTrue(error.getMessage().contains("struct missing *unused_missing"), error.getMessage());
    }

    @Test
    void nothingIsCompiledTwice() throws Exception {
        assertTrue(compile());
        assertFalse(compile());
    }

    @Test
    void aChangedHeaderIsNoticed() throws Exception {
        compile();
        Files.setLastModifiedTime(header, FileTime.fromMillis(System.currentTimeMillis() + 60_000));
        assertTrue(compile());
    }

    @Test
    void aChangedOptionIsNoticed() throws Exception {
        compile();
        assertTrue(compile("-DOTHER"));
    }

    @Test
    void theObjectHasTypesButNoDwarfAndNoBuildPath() throws Exception {
        compile();
        String bytes = new String(Files.readAllBytes(object), StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains(".BTF"));
        assertFalse(bytes.contains(folder.toString()), "the object contains the path it was built in");
        assumeTrue(tools.strip().isPresent(), "llvm-strip is not installed");
        assertFalse(bytes.contains(".debug_info"));
    }

    @Test
    void aCompilerErrorIsShown() throws Exception {
        Files.writeString(source, "int broken(\n");
        BuildException error = assertThrows(BuildException.class, this::compile);
        assertTrue(error.getMessage().contains("layouts.bpf.c:1"), error.getMessage());
    }

    @Test
    void aMissingClangIsOneLineThatTellsWhatToInstall() {
        BuildException error = assertThrows(BuildException.class, () -> Toolchain.find("no-such-clang", "x"));
        assertTrue(error.getMessage().contains("apt-get install clang"), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    @Test
    void prerequisitesMayHaveBlanksAndContinuationLines() {
        assertEquals(List.of(Path.of("a.c"), Path.of("/x y/b.h"), Path.of("c.h")),
                BpfCompiler.prerequisites("out/a.o: a.c \\\n  /x\\ y/b.h \\\n  c.h\n"));
    }

    private boolean compile(String... more) throws BuildException, IOException {
        List<String> options = BpfCompiler.standardOptions("x86", folder, List.of());
        options.addAll(List.of(more));
        return new BpfCompiler(tools, folder, folder.resolve("state"), options).compile(source, object);
    }

    private ConstantsGenerator generator() throws BuildException, IOException {
        return new ConstantsGenerator(List.of(object), "org.example", folder.resolve("gen"));
    }

    private String generateRecord(String struct) throws BuildException, IOException {
        RecordSpec spec = new RecordSpec();
        spec.setStruct(struct);
        spec.setClassName("Sample");
        generator().record(spec);
        return "Sample";
    }

    private Map<String, Integer> constants(String className) throws IOException {
        Map<String, Integer> constants = new TreeMap<>();
        Matcher matcher = CONSTANT.matcher(Files.readString(folder.resolve("gen/org/example/" + className + ".java")));
        while (matcher.find()) {
            constants.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
        }
        return constants;
    }
}
