// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A process that makes so many system calls when it is told to. Its id is known before. */
final class Caller implements AutoCloseable {
    static final long ENDLESS = 1L << 40;

    private final Process process;

    Caller(long calls) throws IOException {
        process = new ProcessBuilder("sh", "-c", "read go; exec dd if=/dev/zero of=/dev/null bs=1 count=" + calls / 2)
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    long pid() {
        return process.pid();
    }

    void go() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    void finish() throws InterruptedException {
        process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
}
