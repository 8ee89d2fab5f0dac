// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a selector does when it holds. */
public sealed interface Action {

    /** Where it stands. */
    Position at();

    /** Whether it interferes, and so is left out in monitor mode. */
    default boolean enforces() {
        return this instanceof Sigkill || this instanceof Signal || this instanceof Override
                || this instanceof NotifyEnforcer || this instanceof SetArgument;
    }

    /**
     * Sends the event.
     *
     * @param rateLimit null when every one is sent
     */
    record Post(
            Position at,
            @Nullable RateLimit rateLimit,
            boolean kernelStackTrace,
            boolean userStackTrace,
            boolean imaHash) implements Action {}

    /** Sends nothing. */
    record NoPost(Position at) implements Action {}

    /** Kills the process. */
    record Sigkill(Position at) implements Action {}

    /** Sends the process a signal, 1 to 64. */
    record Signal(Position at, int signal) implements Action {}

    /**
     * Replaces the function's result, or for uprobes its registers or the function itself.
     *
     * @param error the result: of kernel functions 0 or a negative error number, of uprobes anything
     * @param redirect what runs instead, uprobes only; null when nothing does
     */
    record Override(
            Position at, int error, List<RegisterAssignment> registers, @Nullable Redirect redirect) implements Action {
        public Override {
            registers = List.copyOf(registers);
        }
    }

    /** Fetches an URL, in the agent. */
    record GetUrl(Position at, String url) implements Action {}

    /** Looks a name up, in the agent. */
    record DnsLookup(Position at, String name) implements Action {}

    /** Remembers whose socket it is; {@code argument} is a position in the hook's arguments. */
    record TrackSock(Position at, int argument) implements Action {}

    /** Forgets the socket; {@code argument} is a position in the hook's arguments. */
    record UntrackSock(Position at, int argument) implements Action {}

    /** Has the policy's enforcer override and signal; 0 means that it does not. */
    record NotifyEnforcer(Position at, int error, int signal) implements Action {}

    /** Withdraws what an enforcer was told and did not yet do. */
    record CleanupEnforcerNotification(Position at) implements Action {}

    /** Writes to the memory that a USDT's argument refers to; {@code argument} is a position in its arguments. */
    record SetArgument(Position at, int argument, int value) implements Action {}

    /** Where a uprobe's function continues instead. */
    sealed interface Redirect {
        /** At a symbol of the same binary. */
        record ToSymbol(String symbol) implements Redirect {}

        /** At a virtual address of the same binary. */
        record ToAddress(long address) implements Redirect {}

        /** At an offset in the same file. */
        record ToOffset(long offset) implements Redirect {}

        /** At an instruction of the same binary, by its virtual address, that returns to the caller. */
        record ToReturn(long address) implements Redirect {}
    }
}
