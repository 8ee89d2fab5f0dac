// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

/** A value that is none of its kind; whoever knows its place makes a problem of it. */
public final class ValueException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    /** What the value should have been, and what to write. */
    public ValueException(String why, String remedy) {
        super(why, null, false, false);
        this.remedy = remedy;
    }

    /** Returns what the value should have been. */
    public String why() {
        return getMessage();
    }

    /** Returns what to write instead, or an empty text. */
    public String remedy() {
        return remedy;
    }
}
