// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** A command of {@code tetra}: its flags and what it does. */
interface Command {
    /** Flags, parameters and help; built by hand because scanning annotations costs start-up time. */
    CommandSpec spec();

    /**
     * @throws CliException with what the user should read
     * @throws IOException if standard output is gone
     */
    void run(Flags flags, Terminal terminal) throws CliException, IOException;
}
