// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import io.tetragon.elf.Function;
import io.tetragon.elf.Functions;
import io.tetragon.hooks.compile.NearestNames;
import io.tetragon.hooks.event.UprobePlace;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.UprobeSpec;
import io.tetragon.policy.model.UprobeSpec.Location;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the places of uprobes in their file. Used by the control thread, for one uprobe. */
final class Places {
    private static final int SUGGESTIONS = 3;
    /** Names that are compared with one that is missing; that takes about a second. */
    private static final int COMPARED_MAX = 200_000;
    /** What programs that can be checked for shadow stacks begin their functions with: endbr64. */
    private static final int LANDING = 4;

    private final UprobeSpec spec;
    private final Binary binary;
    private final ElfFile elf;
    private final List<String> warnings;
    private final boolean returns;

    /**
     * @param returns whether programs are attached to the returns, too
     * @param warnings where to put what users should know
     */
    Places(UprobeSpec spec, Binary binary, ElfFile elf, boolean returns, List<String> warnings) {
        this.spec = spec;
        this.binary = binary;
        this.elf = elf;
        this.returns = returns;
        this.warnings = warnings;
    }

    /**
     * Returns the places in the policy's order, each once.
     *
     * @throws TetragonException NOT_FOUND when a symbol is missing, INVALID_ARGUMENT when something else is wrong with a place
     */
    List<Place> find() throws TetragonException {
        try {
            List<Place> places = unique(all());
            checkGo(places);
            return places;
        } catch (ElfException e) {
            throw binary.damaged(e);
        }
    }

    private List<Place> all() throws TetragonException, ElfException {
        if (spec.location() instanceof Location.Symbols symbols) {
            return ofSymbols(symbols.symbols());
        }
        List<Place> places = new ArrayList<>();
        if (spec.location() instanceof Location.Offsets offsets) {
            for (long offset : offsets.offsets()) {
                long address = elf.codeAddressOf(offset);
                if (address < 0) {
                    throw binary.wrong("there is no code at offset " + hex(offset) + " of " + binary.path(),
                            "offsets count from the beginning of the file; virtual addresses go into addrs");
                }
                places.add(new Place(new UprobePlace("", offset, counter(places.size())), offset, address));
            }
        } else if (spec.location() instanceof Location.Addresses addresses) {
            for (long address : addresses.addresses()) {
                if (!elf.isCode(address)) {
                    throw binary.wrong("there is no code at address " + hex(address) + " of " + binary.path(),
                            "addresses are those of the file's symbols, before it is loaded");
                }
                long offset = elf.offsetOf(address);
                places.add(new Place(new UprobePlace("", offset, 0), offset, address));
            }
        }
        return places;
    }

    private List<Place> ofSymbols(List<Location.Symbol> symbols) throws TetragonException, ElfException {
        Set<String> names = symbols.stream().flatMap(symbol -> Stream.of(symbol.name(), symbol.written()))
                .collect(Collectors.toSet());
        Map<String, List<Function>> found = Functions.find(elf, names);
        List<Place> places = new ArrayList<>();
        int position = 0;
        for (Location.Symbol symbol : symbols) {
            long counter = counter(position++);
            // Names of C++ and Rust may end like an offset.
            boolean whole = found.containsKey(symbol.written());
            List<Function> functions = found.get(whole ? symbol.written() : symbol.name());
            if (functions == null) {
                throw missing(symbol.name());
            }
            for (Function function : functions) {
                places.add(place(function, whole ? 0 : symbol.offset(), counter));
            }
        }
        return places;
    }

    private Place place(Function function, long distance, long counter) throws TetragonException {
        long address = function.address() + distance;
        if (function.size() > 0 && distance >= function.size()) {
            throw binary.wrong(function.name() + "+" + distance + " lies behind " + function.name() + ", which has "
                    + function.size() + " bytes", "offsets count in bytes from the function's beginning");
        }
        long offset = elf.offsetOf(address);
        if (offset < 0 || !elf.isCode(address)) {
            throw binary.wrong(function.name() + " is no code in " + binary.path(), "name a function");
        }
        if (returns && distance > LANDING) {
            throw beforeReturn(function.name() + "+" + distance);
        }
        return new Place(new UprobePlace(function.name(), distance, counter), offset, address);
    }

    /** The runtime of Go finds the kernel's trampoline where a return address should be when it moves a stack, or looks at it. */
    private void checkGo(List<Place> places) throws TetragonException, ElfException {
        boolean parameters = spec.location() instanceof Location.Symbols
                && spec.args().stream().anyMatch(argument -> argument.source() == Argument.Source.PARAMETER);
        if (!returns && !parameters) {
            return;
        }
        for (Place place : places) {
            if (!Functions.isGo(elf, place.address())) {
                continue;
            }
            if (returns) {
                throw binary.wrong("no return can be waited for at " + place.name() + ", which is written in Go", "its runtime"
                        + " moves stacks, and a return address of the kernel's there would crash the program; remove return"
                        + " and returnCopy");
            }
            warnings.add(binary.hook() + ": " + place.name() + " is written in Go, whose parameters are in rax, rbx, rcx, rdi,"
                    + " rsi and r8 and not where args looks for them: read them with data of the source pt_regs");
            return;
        }
    }

    private TetragonException beforeReturn(String place) {
        return binary.wrong("no return can be waited for at " + place + ", behind the function's beginning",
                "the kernel takes the return address from the stack, and another value there would crash the program; remove"
                        + " the offset, or return and returnCopy");
    }

    /** The same place twice would be two events of one hit. */
    private List<Place> unique(List<Place> all) throws TetragonException {
        Map<Long, Place> places = new LinkedHashMap<>();
        for (Place place : all) {
            Place first = places.putIfAbsent(place.offset(), place);
            if (first == null) {
                continue;
            }
            if (first.shown().refCtrOffset() != place.shown().refCtrOffset()) {
                throw binary.wrong(place.name() + " and " + first.name() + " are one place with two reference counters",
                        "remove one of them");
            }
            warnings.add(binary.hook() + ": " + place.name() + " is left out: " + first.name() + " is the same place");
        }
        return List.copyOf(places.values());
    }

    private long counter(int position) {
        return spec.refCtrOffsets().isEmpty() ? 0 : spec.refCtrOffsets().get(position);
    }

    private TetragonException missing(String name) throws ElfException {
        return missing(binary, elf, name);
    }

    /** Says that a function is missing, and which ones are called nearly the same. */
    static TetragonException missing(Binary binary, ElfFile elf, String name) throws ElfException {
        NearestNames nearest = new NearestNames(name, SUGGESTIONS);
        int[] seen = {0};
        Functions.names(elf, other -> {
            if (seen[0]++ < COMPARED_MAX) {
                nearest.offer(other);
            }
        });
        String remedy = seen[0] == 0 ? "it was stripped: hook by offsets or addrs"
                : nearest.names().isEmpty() ? "`nm -D` and `nm` list what it has"
                : "did you mean " + String.join(", ", nearest.names()) + "?";
        return new TetragonException(TetragonException.Kind.NOT_FOUND, binary.hook(),
                binary.path() + " has no function " + name, remedy);
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
