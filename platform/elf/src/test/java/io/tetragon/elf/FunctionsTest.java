// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Functions by name, in files made for it and in those of this machine. */
class FunctionsTest {
    private static final long CODE = ElfImage.CODE_ADDRESS;

    @TempDir
    private Path folder = Path.of("/nonexistent");

    @Test
    void bothSymbolTablesNameFunctions() throws IOException {
        byte[] file = new ElfImage()
                .symbols(false, new ElfImage.Symbols().function("inner", ElfImage.LOCAL, CODE + 16))
                .symbols(true, new ElfImage.Symbols().function("outer", ElfImage.GLOBAL, CODE + 32))
                .bytes();
        assertEquals(Map.of("inner", List.of(CODE + 16), "outer", List.of(CODE + 32)),
                find(file, "inner", "outer", "neither"));
        assertEquals(List.of("inner", "outer"), names(file));
    }

    @Test
    void whatIsNoCodeOfThisFileIsNoFunction() throws IOException {
        byte[] file = new ElfImage().symbols(false, new ElfImage.Symbols()
                .add("undefined", ElfImage.GLOBAL | 2, 0, CODE, 16, 0)
                .add("absolute", ElfImage.GLOBAL | 2, 0xfff1, CODE, 16, 0)
                .add("variable", ElfImage.GLOBAL | 1, 1, CODE, 16, 0)
                .add("elsewhere", ElfImage.GLOBAL, 1, 0x900000, 16, 0)
                .add("nowhere", ElfImage.GLOBAL | 2, 1, 0, 16, 0)
                .add("label", ElfImage.GLOBAL, 1, CODE + 8, 0, 0)).bytes();
        assertEquals(Map.of("label", List.of(CODE + 8)),
                find(file, "undefined", "absolute", "variable", "elsewhere", "nowhere", "label"));
        assertEquals(List.of(), names(file));
    }

    @Test
    void aNameMeansTheFunctionThatMostSee() throws IOException {
        byte[] file = new ElfImage()
                .symbols(false, new ElfImage.Symbols()
                        .function("f", ElfImage.LOCAL, CODE + 16)
                        .function("f", ElfImage.WEAK, CODE + 32)
                        .function("f", ElfImage.GLOBAL, CODE + 48)
                        .function("f", ElfImage.WEAK, CODE + 64))
                .bytes();
        assertEquals(Map.of("f", List.of(CODE + 48)), find(file, "f"));
    }

    @Test
    void localFunctionsOfOneNameAreAllMeant() throws IOException {
        byte[] file = new ElfImage().symbols(false, new ElfImage.Symbols()
                .function("f", ElfImage.LOCAL, CODE + 16)
                .function("f", ElfImage.LOCAL, CODE + 32)
                .function("f", ElfImage.LOCAL, CODE + 16)).bytes();
        assertEquals(Map.of("f", List.of(CODE + 16, CODE + 32)), find(file, "f"));
    }

    @Test
    void versionsAreNoPartOfNamesAndTheDefaultCounts() throws IOException {
        byte[] file = new ElfImage()
                .symbols(false, new ElfImage.Symbols()
                        .function("f@OLD", ElfImage.GLOBAL, CODE + 16)
                        .function("f@@NEW", ElfImage.GLOBAL, CODE + 32))
                .symbols(true, new ElfImage.Symbols()
                        .add("g", ElfImage.GLOBAL | 2, 1, CODE + 48, 16, 0x8002)
                        .add("g", ElfImage.GLOBAL | 2, 1, CODE + 64, 16, 3))
                .bytes();
        assertEquals(Map.of("f", List.of(CODE + 32), "g", List.of(CODE + 64)), find(file, "f", "g"));
    }

    @Test
    void manyNamesAreFoundAcrossPiecesOfTheFile() throws IOException {
        ElfImage.Symbols symbols = new ElfImage.Symbols();
        for (int i = 0; i < 20_000; i++) {
            symbols.function("function_" + "x".repeat(i % 50) + i, ElfImage.LOCAL, CODE + i % 4000);
        }
        byte[] file = new ElfImage().symbols(false, symbols).bytes();
        Map<String, List<Long>> found = find(file, IntStream.range(0, 20_000)
                .mapToObj(i -> "function_" + "x".repeat(i % 50) + i).toArray(String[]::new));
        assertEquals(20_000, found.size());
        assertEquals(List.of(CODE + 12_345 % 4000), found.get("function_" + "x".repeat(12_345 % 50) + 12_345));
    }

    @ParameterizedTest
    @EnumSource
    void functionsOfStrippedGoProgramsAreNamedByTheirRuntime(GoImage version) throws IOException {
        List<String> functions = List.of("runtime.main", "main.main", "main.(*Server).Handle", "main.init.0");
        byte[] file = new ElfImage().section(".gopclntab", 1, GoImage.ADDRESS, version.table(functions, CODE), 0, 0)
                .bytes();
        assertEquals(functions, names(file));
        assertEquals(Map.of("main.(*Server).Handle", List.of(GoImage.address(2))), find(file, "main.(*Server).Handle"));
        try (ElfFile elf = open(file)) {
            assertEquals(32, Functions.find(elf, Set.of("main.init.0")).get("main.init.0").get(0).size());
        }
    }

    @Test
    void goProgramsThatAreLoadedAnywhereHaveTheBeginningOfTheirCodeInARelocation() throws IOException {
        byte[] table = GoImage.GO_1_20.table(List.of("main.main"), 0);
        byte[] relocation = ElfImage.little(48).putLong(1).putLong(6).putLong(5).putLong(GoImage.ADDRESS + 24).putLong(8)
                .putLong(CODE + 64).array();
        byte[] file = new ElfImage().section(".data.rel.ro.gopclntab", 1, GoImage.ADDRESS, table, 0, 0)
                .section(".rela.dyn", 4, 0, relocation, 0, 24).bytes();
        assertEquals(Map.of("main.main", List.of(CODE + 64)), find(file, "main.main"));
    }

    @Test
    void goProgramsThatDoNotSayWhereTheirCodeBeginsHaveItInText() throws IOException {
        byte[] table = GoImage.GO_1_20.table(List.of("main.main"), 0);
        byte[] file = new ElfImage().section(".gopclntab", 1, GoImage.ADDRESS, table, 0, 0)
                .section(".text", 1, CODE + 128, new byte[8], 0, 0).bytes();
        assertEquals(Map.of("main.main", List.of(CODE + 128)), find(file, "main.main"));
    }

    @Test
    void unknownFormatsOfGoAreRefused() throws IOException {
        byte[] table = GoImage.GO_1_20.table(List.of("main.main"), CODE);
        table[0] = 0x55;
        byte[] file = new ElfImage().section(".gopclntab", 1, GoImage.ADDRESS, table, 0, 0).bytes();
        String why = String.valueOf(assertThrows(ElfException.class, () -> names(file)).getMessage());
        assertTrue(why.endsWith("is a damaged ELF file: its table of Go functions has the unknown format ffffff55"), why);
    }

    @Test
    void codeOfGoIsWhatItsTableSpans() throws IOException {
        for (GoImage version : GoImage.values()) {
            byte[] file = new ElfImage().section(".text", 1, CODE, new byte[64], 0, 0)
                    .section(".gopclntab", 1, GoImage.ADDRESS, version.table(List.of("runtime.main", "main.main"), CODE), 0, 0)
                    .bytes();
            try (ElfFile elf = open(file)) {
                assertTrue(Functions.isGo(elf, CODE), version.name());
                assertTrue(Functions.isGo(elf, GoImage.address(2) - 1), version.name());
                assertFalse(Functions.isGo(elf, GoImage.address(2)), version.name());
                assertFalse(Functions.isGo(elf, CODE - 1), version.name());
            }
        }
        try (ElfFile elf = open(new ElfImage().bytes())) {
            assertFalse(Functions.isGo(elf, CODE));
        }
    }

    @Test
    void placesInTheFileAreThoseOfAddresses() throws IOException {
        try (ElfFile elf = open(new ElfImage().bytes())) {
            assertEquals(ElfImage.CODE_OFFSET + 5, elf.offsetOf(CODE + 5));
            assertEquals(CODE + 5, elf.codeAddressOf(ElfImage.CODE_OFFSET + 5));
            assertEquals(-1, elf.codeAddressOf(5));
            assertEquals(CODE + 7, elf.codeAddressOf((byte) 0, address -> address > CODE + 6));
            assertEquals(-1, elf.codeAddressOf((byte) 0, address -> false));
            assertEquals(-1, elf.offsetOf(CODE + ElfImage.CODE_SIZE));
            assertTrue(elf.isCode(CODE));
            assertEquals(CODE, elf.base());
        }
    }

    @Test
    void filesOf32BitsAreRefused() {
        byte[] file = new ElfImage().bytes();
        file[4] = 1;
        String why = String.valueOf(assertThrows(ElfException.class, () -> open(file)).getMessage());
        assertTrue(why.endsWith("is an ELF file of 32 bits: give one of 64 bits, others are not supported"), why);
    }

    @Test
    void functionsOfThisMachinesLibraryAreWhereTheToolsSay() throws IOException, InterruptedException {
        Path library = Files.readAllLines(Path.of("/proc/self/maps")).stream().map(l -> l.replaceFirst(".* ", ""))
                .filter(p -> p.endsWith("/libc.so.6")).map(Path::of).findFirst().orElse(Path.of("/nonexistent"));
        assumeTrue(Files.exists(library) && Files.isExecutable(Path.of("/usr/bin/nm")), "no glibc, or no nm");
        Process nm = new ProcessBuilder("/usr/bin/nm", "-D", "--defined-only", library.toString()).start();
        String shown = new String(nm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        nm.waitFor();
        try (ElfFile elf = ElfFile.open(library)) {
            Map<String, List<Function>> found = Functions.find(elf, Set.of("getaddrinfo", "fopen", "qsort_r", "realpath"));
            found.forEach((name, functions) -> assertTrue(shown.lines().anyMatch(line -> line.matches(
                    String.format("%016x [TW] %s(@@.*)?", functions.get(0).address(), name))), () -> functions.toString()));
            assertEquals(4, found.size());
        }
    }

    private Map<String, List<Long>> find(byte[] file, String... names) throws IOException {
        try (ElfFile elf = open(file)) {
            Map<String, List<Long>> found = new HashMap<>();
            Functions.find(elf, Set.of(names)).forEach((name, functions) ->
                    found.put(name, functions.stream().map(Function::address).toList()));
            return found;
        }
    }

    private List<String> names(byte[] file) throws IOException {
        List<String> names = new ArrayList<>();
        try (ElfFile elf = open(file)) {
            Functions.names(elf, names::add);
        }
        return names;
    }

    private ElfFile open(byte[] file) throws IOException {
        return ElfFile.open(Files.write(folder.resolve("file"), file));
    }
}
