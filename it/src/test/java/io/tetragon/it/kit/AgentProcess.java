// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A real agent, started from its tree with folders of its own, so that it disturbs no installed one. Everything it
 * prints goes to a file; its events go to another, see {@link #events()}. For one thread at a time.
 */
public final class AgentProcess implements AutoCloseable {
    /** Where agents pin, and how the names of all folders begin in which those of this run do. */
    public static final Path PINS = Path.of("/sys/fs/bpf");

    public static final String PINS_OF_THIS_RUN = "tetragon-it-" + ProcessHandle.current().pid() + "-";

    private static final Pattern READY = Pattern.compile("\\bReady\\b");
    private static final Pattern UNUSABLE = Pattern.compile("sensor is not usable.*");
    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final int LOG_TAIL = 4000;

    private final AgentSetup setup;
    private final Path folder;
    private final Path log;
    private final Process process;
    private final EventLog events;

    private AgentProcess(AgentSetup setup, Path folder, int run) {
        this.setup = setup;
        this.folder = folder;
        this.log = folder.resolve("agent-" + run + ".log");
        Path export = folder.resolve("events-" + run + ".json");
        this.process = launch(export);
        this.events = new EventLog(export, this::failIfDead);
    }

    /**
     * Starts an agent and returns once its events flow. Fails, with the end of its log, if that does not happen or a
     * sensor cannot be used.
     */
    public static AgentProcess start(AgentSetup setup) {
        return begin(setup).awaitReady();
    }

    /** Starts one in the folders of this one, which has ended, with the same flags; its events are a new file. */
    public AgentProcess startAgain() {
        return startAgain(setup);
    }

    /** Likewise, with other flags. */
    public AgentProcess startAgain(AgentSetup other) {
        return beginAgain(other).awaitReady();
    }

    /** Likewise, and does not wait; for an agent that is to be killed on its way, or refuses. */
    public AgentProcess beginAgain(AgentSetup other) {
        return new AgentProcess(other, folder, COUNTER.incrementAndGet());
    }

    /** Starts an agent and does not wait. */
    public static AgentProcess begin(AgentSetup setup) {
        int run = COUNTER.incrementAndGet();
        return new AgentProcess(setup, Places.SCRATCH.resolve("agent-" + run), run);
    }

    private Process launch(Path export) {
        List<String> command = new ArrayList<>(List.of(
                Places.TREE.resolve("bin/tetragon").toString(),
                "--run-dir", runDir().toString(),
                // Kept from agent to agent: what the first one leaves there makes the next start faster.
                "--state-dir", Places.scratch("state"),
                "--bpf-dir", pins().getFileName().toString(),
                "--server-address", "127.0.0.1:0",
                "--health-server-address", "",
                "--export-filename", export.toString(),
                // Never rotated: one row alone writes several MB.
                "--export-file-max-size-mb", "4096"));
        command.addAll(setup.flags());
        try {
            Files.createDirectories(runDir());
            Files.createDirectories(Places.SCRATCH.resolve("state"));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(log.toFile());
            Map<String, String> env = builder.environment();
            env.keySet().removeAll(List.of("NODE_NAME", "HUBBLE_NODE_NAME"));
            env.put("JAVA_HOME", System.getProperty("java.home"));
            if (Timeouts.isSlow()) {
                // Its own limit for an orderly end is for machines of normal speed.
                env.put("TETRAGON_JAVA_OPTS", "-Dtetragon.end.millis=" + Timeouts.stop().toMillis());
            }
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns once events flow; see {@link #start}. */
    public AgentProcess awaitReady() {
        boolean ready = Timeouts.await(
                Timeouts.start(), () -> !isAlive() || READY.matcher(log()).find());
        if (!ready || !isAlive()) {
            String how = isAlive()
                    ? "not ready after " + Timeouts.start()
                    : "ended by itself with " + process.exitValue();
            kill();
            throw new AssertionError("agent " + how + logTail());
        }
        Matcher unusable = UNUSABLE.matcher(log());
        if (unusable.find()) {
            kill();
            throw new AssertionError(unusable.group() + logTail());
        }
        return this;
    }

    /** What it exports; the file may not be there yet. */
    public EventLog events() {
        return events;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Where it keeps its pid file, socket and information file. */
    public Path runDir() {
        return folder.resolve("run");
    }

    /** Where it pins what it keeps. */
    public Path pins() {
        return PINS.resolve(PINS_OF_THIS_RUN + folder.getFileName());
    }

    /** Waits for its end, which it is on its way to, and gives the exit status. */
    public int awaitEnd() {
        if (!ended(Timeouts.start())) {
            kill();
            throw new AssertionError("agent still runs after " + Timeouts.start() + logTail());
        }
        return process.exitValue();
    }

    /** All it has printed so far. */
    public String log() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of its open file descriptors. */
    public int openFiles() {
        try (Stream<Path> fds = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
            return (int) fds.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its resident memory in KiB. */
    public long residentKib() {
        return ProcStatus.of(Long.toString(pid())).kib("VmRSS");
    }

    /** Its ledgers as printed at its end; call it after {@link #terminate()}. */
    public Ledgers ledgers() {
        return Ledgers.parse(log());
    }

    /** Sends SIGTERM, waits for the end and gives the exit status. Kills it and fails if it does not end. */
    public int terminate() {
        process.destroy();
        if (!ended(Timeouts.stop())) {
            kill();
            throw new AssertionError("agent still runs " + Timeouts.stop() + " after SIGTERM" + logTail());
        }
        return process.exitValue();
    }

    /** Sends SIGKILL and waits for the end. */
    public void kill() {
        process.destroyForcibly();
        ended(Timeouts.stop());
    }

    /** Ends it one way or the other. */
    @Override
    public void close() {
        if (isAlive()) {
            terminate();
        }
    }

    /** The end of its log, for a failure message. */
    public String logTail() {
        String text = log();
        return "\n--- agent log (end)\n" + text.substring(Math.max(0, text.length() - LOG_TAIL)) + "\n---";
    }

    private void failIfDead() {
        if (!isAlive()) {
            throw new AssertionError("agent ended by itself with " + process.exitValue() + logTail());
        }
    }

    private boolean ended(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
