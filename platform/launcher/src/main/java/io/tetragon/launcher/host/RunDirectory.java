// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The directory that tells of a running agent: its pid file, which is locked as long as the agent lives, its socket, its
 * information for clients, and the framework's storage. One agent has it at a time. What a killed agent left behind is
 * replaced by the next.
 */
public final class RunDirectory implements AutoCloseable {
    private static final Log LOG = Log.of(RunDirectory.class);
    private static final String PID_FILE = "tetragon.pid";
    private static final String INFO_FILE = "tetragon-info.json";
    private static final String SOCKET = "tetragon.sock";
    private static final String BUNDLES = "bundles";

    private final Path directory;
    private final FileChannel pidFile;

    private RunDirectory(Path directory, FileChannel pidFile) {
        this.directory = directory;
        this.pidFile = pidFile;
    }

    /**
     * Takes the directory for this process, after creating it if need be.
     *
     * @throws TetragonException if another agent has it, or if it cannot be written
     */
    public static RunDirectory claim(Path directory) throws TetragonException {
        try {
            Files.createDirectories(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Path file = directory.resolve(PID_FILE);
            refuseIfAlive(directory, readPid(file));
            return new RunDirectory(directory, lock(directory, file));
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "run directory " + directory,
                    e.getClass().getSimpleName() + " " + e.getMessage(), "name a writable one with --run-dir", e);
        }
    }

    /** Returns the path of the unix socket for clients. */
    public Path socket() {
        return directory.resolve(SOCKET);
    }

    /** Returns a path for the framework's storage, which belongs to this process alone. */
    public Path bundleStorage() {
        return directory.resolve(BUNDLES);
    }

    /** Replaces the information for clients, all at once. */
    public void writeInformation(String json) throws TetragonException {
        Path file = directory.resolve(INFO_FILE);
        Path draft = directory.resolve(INFO_FILE + ".tmp");
        try {
            Files.writeString(draft, json);
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "write " + file,
                    e.getClass().getSimpleName(), "", e);
        }
    }

    /** Removes everything that tells of this agent. */
    @Override
    public void close() {
        try {
            deleteTree(bundleStorage());
            Files.deleteIfExists(directory.resolve(INFO_FILE));
            Files.deleteIfExists(socket());
            Files.deleteIfExists(directory.resolve(PID_FILE));
            pidFile.close();
        } catch (IOException e) {
            LOG.warn("files are left in the run directory", "directory", directory, "reason", e.toString());
        }
    }

    private static FileChannel lock(Path directory, Path file) throws IOException, TetragonException {
        while (true) {
            FileChannel channel = FileChannel.open(file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
            if (channel.tryLock() == null) {
                channel.close();
                throw inUse(directory, readPid(file));
            }
            String pid = String.valueOf(ProcessHandle.current().pid());
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
            // An agent that ended between our open and our lock has deleted the file we hold: then there is another, or none.
            if (pid.equals(readPid(file))) {
                return channel;
            }
            channel.close();
        }
    }

    /** Refuses a directory whose agent lives but holds no lock, as one of another make would. */
    private static void refuseIfAlive(Path directory, String pid) throws TetragonException {
        if (!pid.matches("[0-9]{1,10}") || pid.equals(String.valueOf(ProcessHandle.current().pid()))) {
            return;
        }
        String command;
        try {
            command = Files.readString(Path.of("/proc", pid, "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // Nobody has that number any more.
            return;
        }
        // Numbers are used again: a process that is no agent may have the one of an agent that was killed.
        if (command.contains("tetragon")) {
            throw inUse(directory, pid);
        }
    }

    private static TetragonException inUse(Path directory, String pid) {
        return new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "run directory " + directory,
                "another agent uses it, pid " + pid, "stop that one or name another directory with --run-dir");
    }

    private static String readPid(Path file) {
        try {
            return Files.size(file) > 20 ? "" : Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            // Not there, or gone this moment.
            return "";
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
