// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.elf.StapNotes.Place;
import io.tetragon.elf.StapNotes.Probe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StapNotesTest {
    private static final Probe LINE = new Probe("python", "line");

    @TempDir Path folder;

    private ElfFile open(byte[] bytes) throws IOException {
        return ElfFile.open(Files.write(folder.resolve("file"), bytes));
    }

    @Test
    void aProbeHasPlacesWithOperandsOfTheirOwn() throws IOException {
        try (ElfFile elf = open(new NotedFile()
                .probe("python", "line", 0x1010, 0x4002, "-4@%eax")
                .note("GNU", 3, new byte[40])
                .probe("python", "gc", 0x1020, 0, "")
                .note("stapsdt", 4, new byte[40])
                .probe("python", "line", 0x1030, 0x4002, "8@8(%rsp) -4@$1")
                .bytes())) {
            assertEquals(List.of(LINE, new Probe("python", "gc")), StapNotes.probes(elf));
            assertEquals(List.of(new Place(LINE, 0x1010, 0x4002, "-4@%eax"),
                    new Place(LINE, 0x1030, 0x4002, "8@8(%rsp) -4@$1")), StapNotes.places(elf, LINE));
            assertEquals(List.of(), StapNotes.places(elf, new Probe("python", "none")));
            assertEquals(0x10, elf.offsetOf(0x1010));
            assertEquals(0x3002, elf.offsetOf(0x4002));
        }
    }

    @Test
    void addressesMoveWithTheBase() throws IOException {
        try (ElfFile elf = open(new NotedFile().probe("python", "line", 0x1010, 0x4002, "").moved(0x100).bytes())) {
            assertEquals(List.of(new Place(LINE, 0x1110, 0x4102, "")), StapNotes.places(elf, LINE));
        }
    }

    @Test
    void variablesAreFoundByName() throws IOException {
        try (ElfFile elf = open(new NotedFile().variable("counter", 0x4010).variable("twice", 0x4020)
                .variable("twice", 0x4030).variable("twice", 0x4030).bytes())) {
            assertEquals(Set.of(0x4010L), DataSymbols.addresses(elf, "counter"));
            assertEquals(Set.of(0x4020L, 0x4030L), DataSymbols.addresses(elf, "twice"));
            assertEquals(Set.of(), DataSymbols.addresses(elf, "count"));
            assertEquals(Set.of(), DataSymbols.addresses(elf, "ounter"));
        }
    }

    /** In every way in which a file can lie about itself there is a result or an ElfException. */
    private void read(byte[] bytes) throws IOException {
        try (ElfFile elf = open(bytes)) {
            for (Probe probe : StapNotes.probes(elf)) {
                for (Place place : StapNotes.places(elf, probe)) {
                    StapOperand.parse(place.arguments());
                    elf.offsetOf(place.address());
                }
            }
            DataSymbols.addresses(elf, "counter");
        } catch (ElfException refused) {
            // As it should be.
        }
    }

    @Test
    void hostileFilesAreRefused() throws IOException {
        byte[] image = new NotedFile().variable("counter", 0x4010).probe("python", "line", 0x1010, 0x4002, "-4@%eax 8@$1")
                .bytes();
        for (int length = 0; length < image.length; length++) {
            read(Arrays.copyOf(image, length));
        }
        long[] values = {0, 0x7f, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -1};
        for (int at = 0; at <= image.length - 8; at += 4) {
            for (long value : values) {
                byte[] changed = image.clone();
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
                read(changed);
                changed = image.clone();
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, (int) value);
                read(changed);
            }
        }
        Random random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            byte[] changed = image.clone();
            for (int n = random.nextInt(8); n >= 0; n--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            read(changed);
        }
    }

    @Test
    void theOperandsOfThisVirtualMachineAreKnown() throws IOException {
        Path library = Path.of(System.getProperty("java.home"), "lib/server/libjvm.so");
        assumeTrue(Files.exists(library), "there is no " + library);
        try (ElfFile elf = ElfFile.open(library)) {
            List<Probe> probes = StapNotes.probes(elf);
            assumeTrue(!probes.isEmpty(), library + " has no probes");
            for (Probe probe : probes) {
                for (Place place : StapNotes.places(elf, probe)) {
                    assertFalse(elf.offsetOf(place.address()) < 0, place::toString);
                    for (StapOperand operand : StapOperand.parse(place.arguments())) {
                        assertFalse(operand instanceof StapOperand.Unreadable, () -> place + ": " + operand);
                    }
                }
            }
        }
    }
}
