// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

/** What an event says in place of an argument that could not be read. */
final class ArgumentError {
    static final String MISSING = "Argument is missing: the record does not carry it";
    static final String RETURN_NOT_SEEN = "Argument is missing: the return of the call was not seen";

    private static final int EFAULT = -14;

    private ArgumentError() {}

    /**
     * @param status negative error number
     * @param step the step of {@code resolve} that failed; 0 is the first one, or the argument itself
     */
    static String text(int status, int step) {
        String what = reason(status);
        return step != 0 && status == EFAULT
                ? what + " encountered during resolve dereference at depth " + Integer.toUnsignedString(step)
                : step != 0 ? what + " encountered during resolve at depth " + Integer.toUnsignedString(step)
                : what + " encountered while reading the argument";
    }

    private static String reason(int status) {
        return switch (status) {
            case -2 -> "Missing entry";
            case -7 -> "Too large value";
            case -9 -> "Bad file descriptor";
            case -12 -> "Lack of memory";
            case EFAULT -> "Bad address";
            case -22 -> "Invalid value";
            case -36 -> "Too long name";
            case -61 -> "Missing data";
            case -95 -> "Unsupported value";
            default -> "Error " + status;
        };
    }
}
