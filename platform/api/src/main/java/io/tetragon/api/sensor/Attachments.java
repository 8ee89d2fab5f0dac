// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.bpf.BpfLink;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.KprobeOptions;
import java.util.List;
import java.util.function.Function;

/** The ways in which the kernel attaches a program of an object. */
public final class Attachments {
    private Attachments() {}

    /**
     * At the entry or the return of a kernel function.
     *
     * @param cookie what {@code bpf_get_attach_cookie} gives the program
     */
    public static Attachment kprobe(String program, String function, long cookie, boolean returns) {
        return of((returns ? "kretprobe " : "kprobe ") + function,
                object -> object.program(program).attachKprobe(function, new KprobeOptions(returns, cookie, 0)));
    }

    /**
     * At the entries or the returns of many kernel functions, with one link; the program's attach type must say so.
     *
     * @param cookies one for each function
     */
    public static Attachment kprobeMulti(String program, List<String> functions, long[] cookies, boolean returns) {
        List<String> names = List.copyOf(functions);
        long[] numbers = cookies.clone();
        return of("kprobe.multi of " + names.size() + " functions",
                object -> object.program(program).attachKprobeMulti(names, numbers, returns));
    }

    /** Where the program was loaded for: fentry, fexit, fmod_ret. */
    public static Attachment trace(String program, String function, long cookie) {
        return of(program + " of " + function, object -> object.program(program).attachTrace(cookie));
    }

    /** At the LSM hook that the program was loaded for. */
    public static Attachment lsm(String program, String hook) {
        return of(program + " of LSM hook " + hook, object -> object.program(program).attachLsm());
    }

    /** At a tracepoint, by its perf event. */
    public static Attachment tracepoint(String program, String category, String event, long cookie) {
        return of("tracepoint " + category + "/" + event,
                object -> object.program(program).attachTracepoint(category, event, cookie));
    }

    /** At a raw tracepoint. */
    public static Attachment rawTracepoint(String program, String event) {
        return of("raw tracepoint " + event, object -> object.program(program).attachRawTracepoint(event));
    }

    private static Attachment of(String description, Function<BpfObject, BpfLink> attach) {
        return new Attachment() {
            @Override
            public AutoCloseable attach(BpfObject object) {
                return attach.apply(object);
            }

            @Override
            public String description() {
                return description;
            }
        };
    }
}
