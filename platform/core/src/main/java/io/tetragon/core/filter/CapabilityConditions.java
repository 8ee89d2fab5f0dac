// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.TetragonException;
import io.tetragon.api.process.Process;
import io.tetragon.core.filter.FilterEntry.Condition;
import io.tetragon.proto.CapFilter;
import io.tetragon.proto.CapFilterSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Compiles the conditions on capability sets; every condition that is given has to hold. */
final class CapabilityConditions {
    private final String where;
    private final List<Condition> conditions = new ArrayList<>();

    CapabilityConditions(String where) {
        this.where = where;
    }

    List<Condition> compile(CapFilter filter) throws TetragonException {
        FilterCompiler.refuseUnknownFields(where, filter);
        if (filter.hasPermitted()) {
            set("permitted", filter.getPermitted(), Process::permittedCapabilities);
        }
        if (filter.hasEffective()) {
            set("effective", filter.getEffective(), Process::effectiveCapabilities);
        }
        if (filter.hasInheritable()) {
            set("inheritable", filter.getInheritable(), Process::inheritableCapabilities);
        }
        return conditions;
    }

    private void set(String name, CapFilterSet set, ToLongFunction<Process> bits) throws TetragonException {
        FilterCompiler.refuseUnknownFields(where, set);
        long any = mask(name, set.getAnyValueList());
        long all = mask(name, set.getAllValueList());
        long exactly = mask(name, set.getExactlyValueList());
        long none = mask(name, set.getNoneValueList());
        boolean isExact = set.getExactlyCount() > 0;
        conditions.add(event -> {
            Process process = event.process();
            if (process == null) {
                return false;
            }
            long held = bits.applyAsLong(process);
            return (any == 0 || (held & any) != 0)
                    && (held & all) == all
                    && (held & none) == 0
                    && (!isExact || held == exactly);
        });
    }

    /** Bits above the last capability with a name are those of newer kernels and count all the same. */
    private long mask(String name, List<Integer> capabilities) throws TetragonException {
        long mask = 0;
        for (int capability : capabilities) {
            if (capability < 0 || capability >= Long.SIZE) {
                throw FilterCompiler.error(
                        where, "capabilities." + name + " has the unknown capability " + capability, "leave it out");
            }
            mask |= 1L << capability;
        }
        return mask;
    }
}
