// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

/** Where lines go. Written by one thread; {@link #abandon} and the rotation of a file may come from another. */
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

    /** Breaks a write that blocks, so that its thread can end; nothing can be written afterwards. Any thread. */
    void abandon();

    /** Closes the output; nothing can be written afterwards. */
    void close();
}
