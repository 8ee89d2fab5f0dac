// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

/** Where lines go. Used by one thread; only the rotation of a file may come from another. */
sealed interface Output permits RotatingFile, StreamOutput {
    /**
     * Appends whole lines, each with its line end. A failure is logged by the output: once when a trouble begins and once
     * when it is over.
     *
     * @param length bytes of {@code lines} to write
     * @return how many bytes of whole lines were delivered: {@code length}, or less if writing failed; behind them nothing
     *     of the next line stays in the output
     */
    int write(byte[] lines, int length);

    /** Closes the output; nothing can be written afterwards. */
    void close();
}
