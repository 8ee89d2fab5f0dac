// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.launcher.config.Configuration;
import io.tetragon.launcher.config.FlagSettings;
import io.tetragon.launcher.logging.ClientLogControl;
import io.tetragon.launcher.logging.LogLevel;
import io.tetragon.launcher.logging.Logging;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The agent. Exits with 1 and one line on standard error when it cannot start, with 0 when SIGTERM or SIGINT ended it; the
 * end takes two seconds at most, whatever hangs.
 */
public final class Main {
    /** Before the first logger of all: the platform's log manager is chosen once, when somebody asks for a logger. */
    private static final Logging LOGGING = Logging.start();

    private static final Log LOG = Log.of(Main.class);
    /** An emulated machine needs more; nothing else should set this. */
    private static final long END_MILLIS = Long.getLong("tetragon.end.millis", 1_900);

    private Main() {}

    /** @param arguments the flags */
    public static void main(String[] arguments) throws InterruptedException {
        Agent agent;
        try {
            String information = Configuration.information(arguments);
            if (information != null) {
                new PrintStream(System.out, true, StandardCharsets.UTF_8).print(information);
                return;
            }
            Configuration configuration = new Configuration(Path.of("/"), Path.of(""), System::getenv);
            FlagSettings settings = configuration.load(arguments);
            configure(settings);
            agent = new Agent(settings, new ClientLogControl(LOGGING));
        } catch (TetragonException e) {
            LOGGING.discard();
            refuse(e.getMessage());
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(agent), "shutdown"));
        try {
            agent.start();
        } catch (TetragonException e) {
            LOG.debug("start failed", "kind", e.kind(), "cause", e.getCause());
            agent.fail();
            refuse(e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            LOG.defect(e, "start failed");
            agent.fail();
            refuse("start the agent: " + e + " (a defect; --debug logs more)");
        }
        new CountDownLatch(1).await();
    }

    private static void configure(FlagSettings settings) throws TetragonException {
        if (settings.string("log-format").equals("json")) {
            LOGGING.json();
        }
        if (!settings.string("log-file").isEmpty()) {
            LOGGING.file(Path.of(settings.string("log-file")));
        }
        LOGGING.level(settings.bool("debug") ? LogLevel.DEBUG : LogLevel.of(settings.string("log-level")));
        LOGGING.release();
    }

    /** Halts instead of exiting: there is nothing left to clean up, and threads of libraries might be slow to end. */
    private static void refuse(String line) {
        System.err.println("tetragon: " + line.replace('\n', ' '));
        System.err.flush();
        Runtime.getRuntime().halt(1);
    }

    private static void end(Agent agent) {
        Thread limit = new Thread(() -> {
            try {
                TimeUnit.MILLISECONDS.sleep(END_MILLIS);
                LOG.warn("not everything ended in time", "milliseconds", END_MILLIS);
                Runtime.getRuntime().halt(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "shutdown-limit");
        limit.setDaemon(true);
        limit.start();
        agent.close();
        LOG.info("Stopped");
        // The JVM would exit with 128 and the signal's number, which service managers take for a failure.
        Runtime.getRuntime().halt(0);
    }
}
