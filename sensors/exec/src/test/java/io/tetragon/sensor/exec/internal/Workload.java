// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Processes to observe. Each is one command; its records, and those of the children of a shell, are what a test decodes.
 * {@code src/test/resources/records} has them as a kernel made them once: length and bytes of each record, in order.
 */
enum Workload {
    /** A shell forks and executes: clone, exec, exit. */
    PLAIN("/usr/share", "/bin/echo one 'two words' '' three; :"),
    QUOTED("/", "/bin/echo 'two words'; :"),
    STATUS("/", "/bin/sh -c 'exit 3'; :"),
    SIGNAL("/", "/bin/sh -c 'kill -9 $$'; :"),
    /** One process executes twice. */
    AGAIN("/", "exec /bin/echo again"),
    RELATIVE("/usr/bin", "../../bin/./true; :"),
    SETUID("/", Workload.FOLDER + "/set-id; :"),
    /** An unprivileged shell comes between, for setpriv keeps its capabilities until it executes something. */
    SETUID_ROOT("/", "exec setpriv --reuid 1234 --clear-groups /bin/sh -c 'exec " + Workload.FOLDER + "/set-root'"),
    CONTAINER("/", "echo $$ > " + Workload.CGROUP + "/cgroup.procs; /bin/true; :"),
    DELETED("/", "cp /bin/true " + Workload.FOLDER + "/gone; exec 9<" + Workload.FOLDER + "/gone; rm "
            + Workload.FOLDER + "/gone; /proc/self/fd/9 x; :"),
    ARGS_2000("/", Map.of(), "/bin/true", "2".repeat(2000)),
    ARGS_5000("/", Map.of(), "/bin/true", "5".repeat(5000), "end"),
    /** More than a piece holds. */
    ARGS_40000("/", Map.of(), "/bin/true", "4".repeat(40_000), "end"),
    ENVIRONMENT("/", Map.of("ONE", "1", "NONE", "", "SPACE", "a b=c"), "/bin/true"),
    ENVIRONMENT_5000("/", Map.of("LONG", "e".repeat(5000)), "/bin/true");

    static final String CONTAINER_ID = "c0ffee00c0ffee01c0ffee02c0ffee03c0ffee04c0ffee05c0ffee06c0ffee07";
    static final int OWNER = 1234;
    static final int GROUP = 1235;

    private static final String FOLDER = "/var/tmp/tetragon-records";
    private static final String CGROUP = "/sys/fs/cgroup/unified/docker-" + Workload.CONTAINER_ID + ".scope";
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup/unified");
    private static final Path V2 = Path.of("/sys/fs/cgroup/cgroup.procs");

    private final String directory;
    private final Map<String, String> environment;
    private final List<String> command;

    Workload(String directory, String script) {
        this(directory, Map.of(), "/bin/sh", "-c", script);
    }

    Workload(String directory, Map<String, String> environment, String... command) {
        this.directory = directory;
        this.environment = environment;
        this.command = List.of(command);
    }

    /** Runs the command to its end and returns its process id. */
    long run() throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(command);
        if (!Files.isDirectory(UNIFIED) && Files.exists(V2)) {
            words.replaceAll(word -> word.replace(UNIFIED.toString(), "/sys/fs/cgroup"));
        }
        ProcessBuilder builder = new ProcessBuilder(words).directory(Path.of(directory).toFile())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        process.waitFor();
        return process.pid();
    }

    /** Returns the records that are kept among the resources. */
    List<byte[]> recorded() throws IOException {
        String resource = "/records/" + fileName();
        try (InputStream in = Workload.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is missing; record it with -Drecords.write=FOLDER, as root");
            }
            ByteBuffer all = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            List<byte[]> records = new ArrayList<>();
            while (all.hasRemaining()) {
                byte[] one = new byte[all.getInt()];
                all.get(one);
                records.add(one);
            }
            return records;
        }
    }

    /** Writes records as {@link #recorded} reads them. */
    void write(Path folder, List<byte[]> records) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(records.stream().mapToInt(r -> r.length + Integer.BYTES).sum())
                .order(ByteOrder.LITTLE_ENDIAN);
        records.forEach(r -> all.putInt(r.length).put(r));
        Files.createDirectories(folder);
        Files.write(folder.resolve(fileName()), all.array());
    }

    private String fileName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-') + ".bin";
    }

    /** Makes the files that the commands need. */
    static void prepare() throws IOException {
        Files.createDirectories(Path.of(FOLDER));
        Path owned = Path.of(FOLDER, "set-id");
        Path root = Path.of(FOLDER, "set-root");
        for (Path file : List.of(owned, root)) {
            Files.copy(Path.of("/bin/true"), file, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setAttribute(owned, "unix:uid", OWNER, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(owned, "unix:gid", GROUP, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(owned, "unix:mode", 06755, LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setAttribute(root, "unix:mode", 04755, LinkOption.NOFOLLOW_LINKS);
        Files.createDirectories(cgroup());
    }

    /** Removes them again. */
    static void clean() throws IOException {
        for (String name : List.of("set-id", "set-root", "gone")) {
            Files.deleteIfExists(Path.of(FOLDER, name));
        }
        Files.deleteIfExists(Path.of(FOLDER));
        Files.deleteIfExists(cgroup());
    }

    private static Path cgroup() {
        return Files.isDirectory(UNIFIED) ? Path.of(CGROUP)
                : Path.of(CGROUP.replace(UNIFIED.toString(), "/sys/fs/cgroup"));
    }
}
