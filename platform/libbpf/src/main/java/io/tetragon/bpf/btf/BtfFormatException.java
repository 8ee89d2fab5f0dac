// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

/** The bytes are not a well-formed BTF section or ELF object; the message says where they stop making sense. */
public final class BtfFormatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is wrong with the input
     */
    public BtfFormatException(String message) {
        super(message);
    }
}
