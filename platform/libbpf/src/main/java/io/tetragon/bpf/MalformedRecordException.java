// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * A record is shorter than what was asked of it. One preallocated instance without a stack trace: it is thrown on the
 * event path, where a hostile or damaged record must not cost more than a good one.
 */
public final class MalformedRecordException extends RuntimeException {
    static final MalformedRecordException INSTANCE = new MalformedRecordException();
    private static final long serialVersionUID = 1L;

    private MalformedRecordException() {
        super("a record is shorter than its contents", null, false, false);
    }
}
