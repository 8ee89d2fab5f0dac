// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import org.jspecify.annotations.Nullable;

/**
 * The agent that the tests of this JVM share. There is one at a time: starting one takes seconds on an emulated
 * machine, so a test that wants the setup of the one before it gets that very agent.
 */
public final class Agents {
    private static @Nullable AgentProcess running;
    private static @Nullable AgentSetup setup;

    private Agents() {}

    /** The running agent if it has this setup and lives; else a new one, after the old one was stopped. */
    public static synchronized AgentProcess running(AgentSetup wanted) {
        AgentProcess agent = running;
        if (agent != null && agent.isAlive() && wanted.equals(setup)) {
            return agent;
        }
        stop();
        AgentProcess started = AgentProcess.start(wanted);
        running = started;
        setup = wanted;
        return started;
    }

    /** Stops the shared agent, for a test that needs agents of its own, or at the end. */
    public static synchronized void stop() {
        AgentProcess agent = running;
        running = null;
        if (agent != null) {
            agent.close();
        }
    }
}
