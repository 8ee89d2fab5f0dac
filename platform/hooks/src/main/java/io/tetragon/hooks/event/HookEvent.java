// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.event;

import java.util.function.IntFunction;

/**
 * Which event a hook makes, and what names its place. The functions take the attachment of a record; they are called when
 * an event is written, by any thread, also behind the end of the hook, and must answer for any number.
 */
public sealed interface HookEvent {
    /**
     * A {@code process_kprobe}.
     *
     * @param function from the attachment to the name of the attached function
     */
    record Kprobe(IntFunction<String> function) implements HookEvent {}

    /** A {@code process_tracepoint}. */
    record Tracepoint(String subsystem, String event) implements HookEvent {}

    /**
     * A {@code process_uprobe}.
     *
     * @param path the binary as the policy names it
     * @param places from the attachment to the place in the binary
     */
    record Uprobe(String path, IntFunction<UprobePlace> places) implements HookEvent {}

    /** A {@code process_usdt}. */
    record Usdt(String path, String provider, String name) implements HookEvent {}

    /**
     * A {@code process_lsm}.
     *
     * @param hook name of the hook without {@code bpf_lsm_}
     */
    record Lsm(String hook) implements HookEvent {}
}
