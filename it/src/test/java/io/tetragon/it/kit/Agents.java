// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agent that the tests of this JVM share. There is one at a time: starting one takes seconds on an emulated
 * machine, so a test that wants the setup of the one before it gets that very agent.
 */
public final class Agents {
    private static @Nullable AgentProcess running;
    private static @Nullable AgentSetup setup;

    /** Setups that did not start: to try again would cost every test of them its whole patience. */
    private static final Map<AgentSetup, AssertionError> BROKEN = new HashMap<>();

    private Agents() {}

    /** The running agent if it has this setup and lives; else a new one, after the old one was stopped. */
    public static synchronized AgentProcess running(AgentSetup wanted) {
        AgentProcess agent = running;
        if (agent != null && agent.isAlive() && wanted.equals(setup)) {
            return agent;
        }
        stop();
        AssertionError broken = BROKEN.get(wanted);
        if (broken != null) {
            throw new AssertionError("this setup did not start in an earlier test", broken);
        }
        try {
            AgentProcess started = AgentProcess.start(wanted);
            running = started;
            setup = wanted;
            return started;
        } catch (AssertionError e) {
            BROKEN.put(wanted, e);
            throw e;
        }
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
