// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli;

import io.tetragon.cli.internal.Terminal;
import io.tetragon.cli.internal.Tetra;

/** Entry point of {@code tetra}. The exit code is 0, or 1 after an error. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new Tetra(Terminal.ofProcess()).run(args));
    }
}
