// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

/** The build cannot go on; the message is one that the author of the BPF source can act on. */
final class BuildException extends Exception {
    private static final long serialVersionUID = 1L;

    BuildException(String message) {
        super(message);
    }
}
