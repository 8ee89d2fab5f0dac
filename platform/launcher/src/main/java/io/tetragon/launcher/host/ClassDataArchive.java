// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The class-data archive: the classes of the agent as the JVM wants them in memory, which saves half of the start-up time.
 *
 * <p>{@code bin/tetragon} names the archive after the JVM and the jars, and maps it when it is there. When it is not, or the
 * JVM rejects it, the script has the JVM list the classes it loads; once the agent has settled, a child at a low priority
 * makes the archive of that list under another name and it is moved into place. The running agent is neither paused nor
 * copied. Whoever can write the archive can run code as the agent, so its directory is the agent's own, mode 0700.
 */
public final class ClassDataArchive {
    private static final Log LOG = Log.of(ClassDataArchive.class);
    /** Set by bin/tetragon: where the archive belongs. */
    private static final String ARCHIVE_PROPERTY = "tetragon.archive";
    /** Set by bin/tetragon when it saw no archive: where the JVM lists the classes it loads. */
    private static final String LIST_PROPERTY = "tetragon.archive.classes";
    /** Set by bin/tetragon: options that must be the same for making and using an archive. */
    private static final String OPTIONS_PROPERTY = "tetragon.archive.options";
    private static final int DUMP_MINUTES = 5;

    private final Path archive;
    private final Path classes;

    private ClassDataArchive(Path archive, Path classes) {
        this.archive = archive;
        this.classes = classes;
    }

    /** Returns the archive to make, or null if this process runs with one or was not started by bin/tetragon. */
    public static @Nullable ClassDataArchive missing() {
        String archive = System.getProperty(ARCHIVE_PROPERTY, "");
        String classes = System.getProperty(LIST_PROPERTY, "");
        if (archive.isEmpty() || isMapped(archive)) {
            return null;
        }
        if (classes.isEmpty()) {
            // The JVM rejected it, being another than the one that made it: away with it, so that the next start lists.
            discard(Path.of(archive));
            return null;
        }
        return new ClassDataArchive(Path.of(archive), Path.of(classes));
    }

    private static boolean isMapped(String archive) {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.anyMatch(line -> line.endsWith(archive));
        } catch (IOException e) {
            LOG.warn("cannot tell whether the class-data archive is in use", "reason", e.toString());
            return true;
        }
    }

    private static void discard(Path archive) {
        try {
            if (Files.deleteIfExists(archive)) {
                LOG.info("class-data archive is of another JVM, the next start makes a new one", "archive", archive);
            }
        } catch (IOException e) {
            LOG.warn("cannot delete class-data archive", "archive", archive, "reason", e.toString());
        }
    }

    /** Makes the archive; takes a few seconds of another process. A failure is logged: the agent only starts slower. */
    public void make() throws InterruptedException {
        Path draft = archive.resolveSibling(archive.getFileName() + ".tmp");
        try {
            Path list = usableClasses();
            Process child = new ProcessBuilder(command(list, draft))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                if (!child.waitFor(DUMP_MINUTES, TimeUnit.MINUTES) || child.exitValue() != 0 || !Files.exists(draft)) {
                    LOG.warn("class-data archive not made, starts stay slow", "archive", archive);
                    return;
                }
            } finally {
                child.destroyForcibly();
            }
            removeOthers(draft);
            Files.move(draft, archive, StandardCopyOption.ATOMIC_MOVE);
            LOG.info("class-data archive made", "archive", archive, "bytes", Files.size(archive));
        } catch (IOException e) {
            LOG.warn("class-data archive not made, starts stay slow", "archive", archive, "reason", e.toString());
        } finally {
            delete(draft);
            delete(classes);
        }
    }

    /** Leaves out the classes of bundles: their loaders do not exist when the archive is made. */
    private Path usableClasses() throws IOException {
        List<String> lines;
        try (Stream<String> listed = Files.lines(classes)) {
            lines = listed.filter(line -> !line.contains(" source: ")).toList();
        }
        return Files.write(classes, lines);
    }

    private List<String> command(Path list, Path draft) {
        List<String> command = new ArrayList<>(List.of("nice", "-n", "10"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xshare:dump");
        command.add("-XX:SharedClassListFile=" + list);
        command.add("-XX:SharedArchiveFile=" + draft);
        command.add("-Xlog:disable");
        command.add("-Xmx256m");
        for (String option : System.getProperty(OPTIONS_PROPERTY, "").split(" ")) {
            if (!option.isEmpty()) {
                command.add(option);
            }
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        return command;
    }

    /** Archives of JVMs and jars that are no more are of no use to anybody. */
    private void removeOthers(Path draft) throws IOException {
        try (Stream<Path> files = Files.list(archive.toAbsolutePath().getParent())) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.matches("tetragon-.*\\.jsa(|\\.tmp|\\.classes)") && !file.equals(archive) && !file.equals(draft)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("cannot delete", "file", file, "reason", e.toString());
        }
    }
}
