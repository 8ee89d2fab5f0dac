// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.tracepoint.internal;

import io.tetragon.bpf.KernelFeatures;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.TracepointSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code raw_syscalls/sys_enter} raw where only the number of the system call is asked for, as it mostly is: every
 * system call of the machine passes there, and a raw tracepoint costs half of a perf event, and no time to detach. Not where a
 * hook enforces and the kernel may preempt raw ones, which it then skips for other tasks: perf events run to their end.
 */
final class RawSyscalls {
    /** The field {@code id} in the tracepoint's format; the parameter of its prototype. */
    private static final int ID_FIELD = 4;
    private static final int ID_PARAMETER = 1;

    private RawSyscalls() {}

    /** Returns the hook as it costs least; most hooks stay what they are. */
    static TracepointSpec cheapest(TracepointSpec spec, KernelFeatures kernel) {
        if (spec.enforces() && kernel.hasPreemptibleTracepoints()) {
            return spec;
        }
        boolean number = !spec.raw() && spec.subsystem().equals("raw_syscalls") && spec.event().equals("sys_enter")
                && spec.args().stream().allMatch(RawSyscalls::isNumber);
        if (!number) {
            return spec;
        }
        List<Argument> args = new ArrayList<>();
        for (Argument argument : spec.args()) {
            args.add(new Argument(argument.at(), ID_PARAMETER, argument.type(), argument.label(),
                    argument.sizeArgument(), argument.returnCopy(), argument.maxData(), argument.resolve(),
                    argument.source(), argument.btfType(), argument.btfTypeModule()));
        }
        return new TracepointSpec(spec.at(), spec.subsystem(), spec.event(), true, args, spec.selectors(),
                spec.message(), spec.tags());
    }

    private static boolean isNumber(Argument argument) {
        return argument.index() == ID_FIELD && argument.source() == Argument.Source.PARAMETER
                && argument.type().bits() > 0 && !argument.resolve().present() && argument.sizeArgument() < 0;
    }
}
