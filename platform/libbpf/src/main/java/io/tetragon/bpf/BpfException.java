// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;

/** A BPF operation failed. The message is one line: what, why and, where known, what helps. */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;
    private final String reason;
    private final String remedy;
    private final String verifierLog;

    /**
     * Without a verifier log.
     *
     * @param operation what was tried, as it continues "cannot ..."
     * @param errno     0 when no system call failed
     * @param reason    why, in one line
     * @param remedy    what helps, empty when not known
     */
    public BpfException(String operation, int errno, String reason, String remedy) {
        this(operation, errno, reason, remedy, "");
    }

    /**
     * With a verifier log.
     *
     * @param verifierLog the whole log, empty when the verifier was not involved
     */
    public BpfException(String operation, int errno, String reason, String remedy, String verifierLog) {
        super("cannot " + operation + ": " + reason + (errno == 0 ? "" : " (" + Errors.name(errno) + ")")
                + (remedy.isEmpty() ? "" : "; " + remedy));
        this.operation = operation;
        this.errno = errno;
        this.reason = reason;
        this.remedy = remedy;
        this.verifierLog = verifierLog;
    }

    /** @return what was tried */
    public String operation() {
        return operation;
    }

    /** @return the errno, 0 when no system call failed */
    public int errno() {
        return errno;
    }

    /** @return the symbolic name of the errno, empty when there is none */
    public String errnoName() {
        return errno == 0 ? "" : Errors.name(errno);
    }

    /** @return why; of a verifier's refusal, the line that names the fault */
    public String reason() {
        return reason;
    }

    /** @return what helps, empty when not known */
    public String remedy() {
        return remedy;
    }

    /** @return the verifier's whole log, empty when it was not involved */
    public String verifierLog() {
        return verifierLog;
    }
}
