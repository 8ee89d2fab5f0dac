// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.bpf.MalformedRecordException;
import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.ProcessLoader;
import io.tetragon.sensor.loader.internal.abi.LoaderFlags;
import io.tetragon.sensor.loader.internal.abi.MsgLoader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LoaderDecoderTest {
    private static final byte[] ID = HexFormat.of().parseHex("93ac61ec5a8eb1396f9fbd350e3169a558528a40");
    /** No process has an id above the kernel's limit. */
    private static final int PID = 1 << 22 | 1;
    private static final long KTIME = 1000;
    private static final long START = 500_000_000;

    private final TestContext context = new TestContext();
    private final FileWorker worker = new FileWorker();
    private final MappingReporter reporter =
            new MappingReporter(context, worker, new BuildIdSearch(Path.of("/proc")));
    private final LoaderDecoder decoder = new LoaderDecoder(context, reporter);

    @TempDir
    Path folder;

    @BeforeEach
    void processes() {
        context.process(1, 10, 0, 0, "/sbin/init");
        context.process(PID, KTIME, 1, 10, "/bin/app");
        decoder.policies(1);
    }

    @AfterEach
    void end() {
        worker.close();
    }

    @Test
    void anEventHasProcessPathBuildIdAndParent() throws Exception {
        Path file = Library.write(folder.resolve("lib.so"), ID);
        decode(record(file.toString(), 0, FileVersion.of(file)));
        context.readUntil(() -> !context.events.isEmpty());

        String line = context.lines().get(0);
        assertTrue(line.startsWith("{\"process_loader\":{\"process\":{\"exec_id\":"), line);
        assertTrue(line.contains("\"binary\":\"/bin/app\"") && line.contains("\"tid\":7"), line);
        assertTrue(line.contains("},\"path\":\"" + file
                + "\",\"buildid\":\"k6xh7FqOsTlvn701DjFppVhSikA=\",\"parent\":{\"exec_id\":"), line);
        ProcessLoader message = context.events.get(0).toProto().getProcessLoader();
        assertEquals(file.toString(), message.getPath());
        assertEquals(HexFormat.of().formatHex(ID), HexFormat.of().formatHex(message.getBuildid().toByteArray()));
        assertEquals("/bin/app", message.getProcess().getBinary());
        assertEquals("/sbin/init", message.getParent().getBinary());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void aProcessReportsAFileOnceWhateverItExecutes() throws Exception {
        Path file = Library.write(folder.resolve("lib.so"), ID);
        FileVersion version = FileVersion.of(file);
        byte[] first = record(file.toString(), 0, version);
        decode(first);
        context.readUntil(() -> !context.events.isEmpty());
        decode(first);
        context.process(PID, KTIME + 1, PID, KTIME, "/bin/next");
        decode(of(KTIME + 1, START, first));
        assertEquals(1, context.events.size());

        decode(of(KTIME + 1, START + 50_000_000, first));
        assertEquals(2, context.events.size(), "another process with the same id");
        Library.write(file, new byte[] {1, 2, 3, 4});
        decode(record(file.toString(), 0, FileVersion.of(file)));
        context.readUntil(() -> context.events.size() == 3);
    }

    @Test
    void theBuildIdOfAFileIsReadOnce() throws Exception {
        Path file = Library.write(folder.resolve("lib.so"), ID);
        FileVersion version = FileVersion.of(file);
        decode(record(file.toString(), 0, version));
        decode(of(KTIME, START + 50_000_000, record(file.toString(), 0, version)));
        assertEquals(0, context.events.size(), "both wait for the build id");
        context.readUntil(() -> context.events.size() == 2);

        Files.delete(file);
        decode(of(KTIME, START + 100_000_000, record(file.toString(), 0, version)));
        assertEquals(3, context.events.size());
        assertTrue(context.lines().stream().allMatch(line -> line.contains("\"buildid\":\"k6xh7F")));
    }

    @Test
    void aFileThatIsGoneIsReportedWithoutItsBuildIdAndCounted() throws Exception {
        decode(record("/nowhere/lib.so", 0, new FileVersion(1, 2, 3, 4, 5)));
        context.readUntil(() -> !context.events.isEmpty());
        assertTrue(context.lines().get(0).contains("\"path\":\"/nowhere/lib.so\",\"parent\":"), context.lines().get(0));
        assertEquals(Map.of("build_id_unread", 1L), context.losses);
    }

    @Test
    void whatWaitsTooLongGoesOutAsItIs() {
        FileVersion version = new FileVersion(1, 2, 3, 4, 5);
        decode(record("/nowhere/lib.so", 0, version));
        reporter.publishOld();
        assertEquals(0, context.events.size());
        reporter.publishAll();
        assertEquals(1, context.events.size());
        assertEquals(Map.of("build_id_unread", 1L), context.losses);
    }

    @Test
    void nobodyLooksForAFileThatNothingWaitsForAnyMore() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        worker.submit(() -> {
            try {
                late.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Path file = Library.write(folder.resolve("lib.so"), ID);
        FileVersion version = FileVersion.of(file);
        decode(record(file.toString(), 0, version));
        reporter.publishAll();
        late.countDown();
        boolean[] idle = new boolean[1];
        worker.submit(() -> context.onReader(() -> idle[0] = true));
        context.readUntil(() -> idle[0]);
        decode(of(KTIME, START + 50_000_000, record(file.toString(), 0, version)));
        assertEquals(1, context.events.size(), "the second waits: its build id was not read in vain");
    }

    @Test
    void filesWithoutAPathAreMarkedAsTheKernelDoes() throws Exception {
        decode(record("/tmp/gone.so", LoaderFlags.LOADER_DELETED, new FileVersion(1, 1, 3, 4, 5)));
        decode(record("memfd:code", LoaderFlags.LOADER_UNNAMED, new FileVersion(1, 2, 3, 4, 5)));
        decode(record("some/where", LoaderFlags.LOADER_INCOMPLETE, new FileVersion(1, 3, 3, 4, 5)));
        context.readUntil(() -> context.events.size() == 3);
        assertTrue(context.lines().get(0).contains("\"path\":\"/tmp/gone.so (deleted)\""), context.lines().get(0));
        assertTrue(context.lines().get(1).contains("\"path\":\"/memfd:code (deleted)\""), context.lines().get(1));
        assertTrue(context.lines().get(2).contains("\"path\":\"some/where\""), context.lines().get(2));
        assertEquals(1, context.losses.get("path_incomplete"));
    }

    @Test
    void pathsThatAreNoTextAreMadeSome() throws Exception {
        byte[] path = {'/', (byte) 0xff, '"', '\n'};
        decode(record(path, path.length, 0, new FileVersion(1, 2, 3, 4, 5)));
        context.readUntil(() -> !context.events.isEmpty());
        assertTrue(context.lines().get(0).contains("\"path\":\"/\uFFFD\\\"\\n\""), context.lines().get(0));
        assertEquals("/\uFFFD\"\n", context.events.get(0).toProto().getProcessLoader().getPath());
    }

    @Test
    void aProcessThatTheKernelDidNotKnowIsTheNewestOfItsId() throws Exception {
        byte[] record = record("/nowhere/lib.so", 0, new FileVersion(1, 2, 3, 4, 5));
        decode(of(0, START, record));
        context.readUntil(() -> !context.events.isEmpty());
        assertTrue(context.lines().get(0).contains("\"binary\":\"/bin/app\""), context.lines().get(0));
    }

    @Test
    void withoutAPolicyThereAreNoEvents() throws IOException {
        decoder.policies(-1);
        Path file = Library.write(folder.resolve("lib.so"), ID);
        decode(record(file.toString(), 0, FileVersion.of(file)));
        reporter.publishAll();
        assertEquals(0, context.events.size());
    }

    @Test
    void recordsThatLieAreMalformed() {
        byte[] path = "/x".getBytes(StandardCharsets.US_ASCII);
        for (int size : new int[] {3, 4096, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            byte[] record = record(path, size, 0, new FileVersion(1, 2, 3, 4, 5));
            assertThrows(MalformedRecordException.class, () -> decode(record), "size " + size);
        }
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] record = new byte[random.nextInt(MsgLoader.SIZE + 32)];
            random.nextBytes(record);
            try {
                decode(record);
            } catch (MalformedRecordException e) {
                assertEquals(0, context.events.size());
            }
        }
    }

    /** Returns a record as of another image or process. */
    private static byte[] of(long ktime, long start, byte[] record) {
        byte[] other = record.clone();
        ByteBuffer.wrap(other).order(ByteOrder.LITTLE_ENDIAN).putLong(MsgLoader.PROCESS_KTIME, ktime)
                .putLong(MsgLoader.START, start);
        return other;
    }

    private void decode(byte[] record) {
        decoder.decode(RingRecord.of(record));
    }

    private static byte[] record(String path, int flags, FileVersion file) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        return record(bytes, bytes.length, flags, file);
    }

    private static byte[] record(byte[] path, int size, int flags, FileVersion file) {
        ByteBuffer record = ByteBuffer.allocate(MsgLoader.SIZE + path.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(MsgLoader.COMMON_KTIME, 2000).putInt(MsgLoader.PROCESS_PID, PID)
                .putLong(MsgLoader.PROCESS_KTIME, KTIME).putLong(MsgLoader.START, START).putInt(MsgLoader.TID, 7)
                .putInt(MsgLoader.FLAGS, flags).putInt(MsgLoader.PATH_SIZE, size).putInt(MsgLoader.DEVICE, file.device())
                .putLong(MsgLoader.INODE, file.inode()).putLong(MsgLoader.FILE_SIZE, file.size())
                .putLong(MsgLoader.CTIME_SEC, file.changedSeconds()).putInt(MsgLoader.CTIME_NSEC, file.changedNanos());
        record.position(MsgLoader.SIZE).put(path);
        return record.array();
    }
}
