// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LoaderScanTest {
    private static final int SELF = (int) ProcessHandle.current().pid();
    private static final Path PROC = Path.of("/proc");

    private final TestContext context = new TestContext();
    private final FileWorker worker = new FileWorker();
    private final MappingReporter reporter = new MappingReporter(context, worker, new BuildIdSearch(PROC));

    /** In place of procfs: this process, and some that are none. */
    @TempDir
    Path procfs;

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/map_files")), "no right to read map_files");
        Files.createSymbolicLink(procfs.resolve(Integer.toString(SELF)), PROC.resolve(Integer.toString(SELF)));
        Files.createDirectory(procfs.resolve("1"));
        Files.createDirectory(procfs.resolve("1x"));
        Files.createDirectory(procfs.resolve("self"));
        context.process(SELF, 5, 0, 0, "/usr/bin/java");
    }

    @AfterEach
    void end() {
        worker.close();
    }

    @Test
    void reportsWhatRunningProcessesHaveLoaded() throws Exception {
        scan(true).start();
        context.readUntil(() -> context.lines().stream().anyMatch(line -> line.contains("/libjvm.so\",\"buildid\":\"")));
        List<String> lines = context.lines();
        assertTrue(lines.stream().allMatch(line -> line.contains("\"binary\":\"/usr/bin/java\"")), lines.toString());
        assertEquals(1, lines.stream().filter(line -> line.contains("/libjvm.so\"")).count(), lines.toString());
    }

    @Test
    void otherwiseKnowsTheirBuildIdsFromThenOn() throws Exception {
        List<MapsFile.Line> lines = new ArrayList<>();
        MapsFile.executable(PROC.resolve("self"), lines::add);
        MapsFile.Line library = lines.stream()
                .filter(line -> line.path().endsWith("/libjvm.so")).findFirst().orElseThrow();
        FileVersion file = FileVersion.of(Path.of(library.path()));
        scan(false).start();
        boolean[] scanned = new boolean[1];
        worker.submit(() -> worker.submit(() -> worker.submit(() -> context.onReader(() -> scanned[0] = true))));
        context.readUntil(() -> scanned[0]);
        assertEquals(0, context.events.size());

        reporter.report(new Mapping(0, SELF, 5, 0, SELF, "/gone".getBytes(StandardCharsets.US_ASCII), Mapping.Place.FILE, file));
        assertTrue(context.lines().get(0).contains("\"buildid\":"), context.lines().toString());
    }

    @Test
    void holdsALimitedShareOfAProcessThatHasLoadedTooMuch() throws Exception {
        Path greedy = Files.createDirectory(procfs.resolve("2"));
        StringBuilder maps = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            maps.append("1-2 r-xp 0 0:1 ").append(i + 1).append(" /").append("x".repeat(4000)).append('\n');
        }
        Files.writeString(greedy.resolve("maps"), maps);
        scan(true).start();
        context.readUntil(() -> context.lines().stream().anyMatch(line -> line.contains("/libjvm.so\",\"buildid\":\"")));
        boolean[] scanned = new boolean[1];
        worker.submit(() -> context.onReader(() -> scanned[0] = true));
        context.readUntil(() -> scanned[0]);
        assertEquals(Map.of("scan_incomplete", 1L), context.losses);
    }

    @Test
    void endsWhenItIsCancelled() throws Exception {
        LoaderScan scan = scan(true);
        scan.cancel();
        scan.start();
        boolean[] idle = new boolean[1];
        worker.submit(() -> context.onReader(() -> idle[0] = true));
        context.readUntil(() -> idle[0]);
        assertEquals(0, context.events.size());
    }

    @Test
    void saysThatThereIsNoProcfs() {
        LoaderScan scan = new LoaderScan(context, reporter, worker, procfs.resolve("none"), true);
        TetragonException e = assertThrows(TetragonException.class, scan::start);
        assertTrue(e.getMessage().contains("--procfs"), e.getMessage());
    }

    private LoaderScan scan(boolean reports) {
        return new LoaderScan(context, reporter, worker, procfs, reports);
    }
}
