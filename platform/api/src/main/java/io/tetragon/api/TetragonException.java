// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api;

import org.jspecify.annotations.Nullable;

/**
 * The one exception of the platform: what failed, why, and what the user can do about it.
 *
 * <p>It is mapped in one place each to a gRPC status, an exit code and a log line; a user never sees its stack trace.
 */
public final class TetragonException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What sort of failure this is; decides the gRPC status and the exit code. */
    public enum Kind {
        /** The user's input is wrong: a flag, a filter, a policy. */
        INVALID_ARGUMENT,
        /** The named thing does not exist. */
        NOT_FOUND,
        /** The named thing exists already. */
        ALREADY_EXISTS,
        /** The thing is in a state that does not allow the operation. */
        FAILED_PRECONDITION,
        /** This kernel lacks what is asked for. */
        UNSUPPORTED,
        /** The process lacks a permission or capability. */
        PERMISSION_DENIED,
        /** A limit was reached: memory, descriptors, queue. */
        RESOURCE_EXHAUSTED,
        /** A defect of the agent or of a bundle. */
        INTERNAL
    }

    private final Kind kind;
    private final String what;
    private final String why;
    private final String remedy;

    /**
     * @param kind the sort of failure
     * @param what what failed, such as {@code load sensor exec}
     * @param why the reason in one line
     * @param remedy what the user can do; empty when there is nothing
     */
    public TetragonException(Kind kind, String what, String why, String remedy) {
        this(kind, what, why, remedy, null);
    }

    /** As the other constructor, with the failure underneath, which only the debug log shows. */
    public TetragonException(Kind kind, String what, String why, String remedy, @Nullable Throwable cause) {
        super(oneLine(what) + ": " + oneLine(why) + (remedy.isEmpty() ? "" : " (" + oneLine(remedy) + ")"), cause);
        this.kind = kind;
        this.what = oneLine(what);
        this.why = oneLine(why);
        this.remedy = oneLine(remedy);
    }

    /** Returns the sort of failure. */
    public Kind kind() {
        return kind;
    }

    /** Returns what failed. */
    public String what() {
        return what;
    }

    /** Returns the reason, one line. */
    public String why() {
        return why;
    }

    /** Returns what the user can do, or an empty string. */
    public String remedy() {
        return remedy;
    }

    /** Texts of other programs and of users' files end up here, and a log line must stay one. */
    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }
}
