// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.elf.DataSymbols;
import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import io.tetragon.elf.StapNotes;
import io.tetragon.elf.StapOperand;
import io.tetragon.elf.X86Register;
import io.tetragon.hooks.compile.NearestNames;
import io.tetragon.policy.model.UsdtSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * A static probe of a program as its file describes it. Immutable.
 *
 * @param places at least one, without duplicates
 */
record UsdtProbe(List<Place> places) {
    /** Compilers copy a probe with the function around it, but not that often. */
    private static final int PLACES_MAX = 1024;
    private static final int SUGGESTIONS = 3;

    UsdtProbe {
        places = List.copyOf(places);
    }

    /**
     * A place of the probe.
     *
     * @param offset in the file
     * @param semaphore offset in the file of the counter that arms the probe, 0 for none
     * @param operands by the probe's argument, those that were asked for
     * @param texts of the same, as the file has them
     */
    record Place(long offset, long semaphore, Map<Integer, UsdtOperand> operands, Map<Integer, String> texts) {
        Place {
            operands = Map.copyOf(operands);
            texts = Map.copyOf(texts);
        }
    }

    /**
     * Reads a probe.
     *
     * @param hook the hook in errors
     * @param arguments the probe's arguments that are to be read
     * @throws TetragonException NOT_FOUND when there is no such file or probe, INVALID_ARGUMENT when an argument cannot be
     *     read, FAILED_PRECONDITION when the file cannot be
     */
    static UsdtProbe read(UsdtSpec spec, String hook, SortedSet<Integer> arguments) throws TetragonException {
        try (ElfFile elf = ElfFile.open(Path.of(spec.path()))) {
            List<StapNotes.Place> notes =
                    StapNotes.places(elf, new StapNotes.Probe(spec.provider(), spec.name()));
            if (notes.isEmpty()) {
                throw missing(spec, hook, StapNotes.probes(elf));
            }
            List<Place> places = new ArrayList<>();
            Set<Long> known = new HashSet<>();
            for (StapNotes.Place note : notes) {
                if (known.add(note.address())) {
                    places.add(new Reader(elf, hook, note).place(arguments));
                }
            }
            if (places.size() > PLACES_MAX) {
                throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, hook,
                        "the probe is at " + places.size() + " places, the limit is " + PLACES_MAX, "");
            }
            return new UsdtProbe(places);
        } catch (ElfException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, hook, String.valueOf(e.getMessage()),
                    "", e);
        }
    }

    private static TetragonException missing(UsdtSpec spec, String hook, List<StapNotes.Probe> there) {
        if (there.isEmpty()) {
            return new TetragonException(TetragonException.Kind.NOT_FOUND, hook, spec.path() + " has no USDT probes",
                    "it was built without <sys/sdt.h>, or they were stripped");
        }
        NearestNames near = new NearestNames(spec.provider() + ":" + spec.name(), SUGGESTIONS);
        there.forEach(probe -> near.offer(probe.provider() + ":" + probe.name()));
        return new TetragonException(TetragonException.Kind.NOT_FOUND, hook, spec.path() + " has no such probe",
                near.names().isEmpty() ? "`tetra tracingpolicy generate usdts -b " + spec.path() + "` lists them"
                        : "did you mean " + String.join(", ", near.names()) + "?");
    }

    /** Of one place. */
    private record Reader(ElfFile elf, String hook, StapNotes.Place note) {
        Place place(SortedSet<Integer> arguments) throws TetragonException, ElfException {
            List<StapOperand> operands = StapOperand.parse(note.arguments());
            Map<Integer, UsdtOperand> read = new TreeMap<>();
            Map<Integer, String> texts = new TreeMap<>();
            for (int argument : arguments) {
                if (argument >= operands.size()) {
                    throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT,
                            hook + ": no argument " + argument, "the probe has " + operands.size()
                                    + (operands.size() == 1 ? " argument" : " arguments"), "they are counted from 0");
                }
                read.put(argument, operand(argument, operands.get(argument)));
                texts.put(argument, operands.get(argument).text());
            }
            return new Place(offset("the probe", note.address()),
                    note.semaphore() == 0 ? 0 : offset("its semaphore", note.semaphore()), read, texts);
        }

        private UsdtOperand operand(int argument, StapOperand operand) throws TetragonException, ElfException {
            if (operand instanceof StapOperand.Readable readable) {
                return UsdtOperand.of(readable, operand instanceof StapOperand.InMemory memory
                        && !memory.symbol().isEmpty() ? symbol(argument, memory) : 0);
            }
            throw unreadable(argument, operand, ((StapOperand.Unreadable) operand).why());
        }

        private long symbol(int argument, StapOperand.InMemory operand) throws TetragonException, ElfException {
            Set<Long> addresses = DataSymbols.addresses(elf, operand.symbol());
            if (addresses.size() != 1) {
                throw unreadable(argument, operand, addresses.isEmpty()
                        ? "the file has no symbol " + operand.symbol() + ", it may have been stripped"
                        : "the file has " + addresses.size() + " symbols " + operand.symbol());
            }
            long address = addresses.iterator().next();
            return operand.base() == X86Register.RIP ? address - note.address() : address;
        }

        private TetragonException unreadable(int argument, StapOperand operand, String why) {
            return new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, hook + ": argument " + argument
                    + ", operand \"" + operand.text() + "\" at 0x" + Long.toHexString(note.address()), why,
                    "remove the argument");
        }

        private long offset(String what, long address) throws ElfException {
            long offset = elf.offsetOf(address);
            if (offset < 0) {
                throw elf.damaged(what + " " + note.probe().provider() + ":" + note.probe().name() + " lies at 0x"
                        + Long.toHexString(address) + ", which no segment has");
            }
            return offset;
        }
    }
}
