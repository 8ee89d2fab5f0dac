// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

/** Names of signals on x86-64 and arm64. */
final class SignalNames {
    private static final int FIRST_REALTIME = 34;
    private static final String[] NAMES = {
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
        "SIGSYS",
    };

    private SignalNames() {}

    /** Returns the name of a signal, empty for 0; real-time ones are counted from the first that programs may use. */
    static String of(int signal) {
        if (signal < NAMES.length) {
            return NAMES[signal];
        }
        return signal == FIRST_REALTIME ? "SIGRTMIN"
                : signal > FIRST_REALTIME ? "SIGRTMIN+" + (signal - FIRST_REALTIME) : "SIG" + signal;
    }
}
