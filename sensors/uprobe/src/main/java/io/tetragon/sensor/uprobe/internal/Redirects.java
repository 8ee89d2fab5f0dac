// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import io.tetragon.elf.Function;
import io.tetragon.elf.Functions;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.Action.Redirect;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.UprobeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds what an Override runs instead of a function. Programs compute where it lies in a process from where the hook lies
 * there, so both are addresses counted from the lowest one that the file is loaded to. Used by the control thread.
 */
final class Redirects {
    private static final long REACH = 1L << 32;
    private static final long PAGE = 4096;
    /** The instruction that returns to the caller. */
    private static final byte RETURN = (byte) 0xc3;

    private final Binary binary;
    private final ElfFile elf;
    private final List<Place> places;

    /** @param places of the hook */
    Redirects(Binary binary, ElfFile elf, List<Place> places) {
        this.binary = binary;
        this.elf = elf;
        this.places = places;
    }

    /** Returns the uprobe with addresses from the file's base in place of symbols, addresses and offsets. */
    UprobeSpec resolve(UprobeSpec spec) throws TetragonException {
        List<Selector> selectors = new ArrayList<>();
        for (Selector selector : spec.selectors()) {
            selectors.add(selector.withActions(resolve(selector.actions()), resolve(selector.returnActions())));
        }
        return spec.withSelectors(selectors);
    }

    /** Returns a place's address from the page of the file's base, as the upper half of a cookie. */
    long fromBase(long address) throws TetragonException {
        long distance = address - (elf.base() & -PAGE);
        if (distance < 0 || distance >= REACH) {
            throw binary.wrong("address 0x" + Long.toHexString(address) + " of " + binary.path()
                    + " is more than 4 GiB behind its lowest one", "");
        }
        return distance;
    }

    private List<Action> resolve(List<Action> actions) throws TetragonException {
        List<Action> resolved = new ArrayList<>();
        for (Action action : actions) {
            if (action instanceof Action.Override override && override.redirect() != null) {
                resolved.add(new Action.Override(override.at(), override.error(), override.registers(),
                        new Redirect.ToAddress(fromBase(address(override.redirect())))));
            } else if (action instanceof Action.Override override && override.registers().isEmpty()) {
                resolved.add(new Action.Override(override.at(), override.error(), override.registers(),
                        new Redirect.ToReturn(fromBase(returning()))));
            } else {
                resolved.add(action);
            }
        }
        return resolved;
    }

    /** Programs know by its place within a page that a call does not stand at the hook any more. */
    private long returning() throws TetragonException {
        try {
            long address = elf.codeAddressOf(RETURN,
                    found -> places.stream().noneMatch(place -> (place.address() - found) % PAGE == 0));
            if (address < 0) {
                throw binary.wrong("Override: " + binary.path() + " has no instruction that returns", "use argRegs");
            }
            return address;
        } catch (ElfException e) {
            throw binary.damaged(e);
        }
    }

    private long address(Redirect redirect) throws TetragonException {
        if (redirect instanceof Redirect.ToSymbol symbol) {
            return address(symbol.symbol());
        }
        if (redirect instanceof Redirect.ToOffset offset) {
            long address = elf.codeAddressOf(offset.offset());
            if (address < 0) {
                throw binary.wrong("argNewOffset: there is no code at offset 0x" + Long.toHexString(offset.offset())
                        + " of " + binary.path(), "offsets count from the beginning of the file");
            }
            return address;
        }
        long address = ((Redirect.ToAddress) redirect).address();
        if (!elf.isCode(address)) {
            throw binary.wrong("argNewAddr: there is no code at address 0x" + Long.toHexString(address) + " of "
                    + binary.path(), "addresses are those of the file's symbols, before it is loaded");
        }
        return address;
    }

    private long address(String symbol) throws TetragonException {
        try {
            List<Function> found = Functions.find(elf, Set.of(symbol)).getOrDefault(symbol, List.of());
            if (found.isEmpty()) {
                throw Places.missing(binary, elf, symbol);
            }
            if (found.size() > 1) {
                throw binary.wrong("argNewSymbol: " + binary.path() + " has " + found.size() + " functions " + symbol,
                        "name one of them with argNewAddr");
            }
            return found.get(0).address();
        } catch (ElfException e) {
            throw binary.damaged(e);
        }
    }
}
