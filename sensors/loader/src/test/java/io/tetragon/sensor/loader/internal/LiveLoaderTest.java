// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.sensor.loader.internal.abi.MsgLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The hooks of this kernel, by each way that it has; a way it has not is skipped. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class LiveLoaderTest {
    private static final byte[] ID = HexFormat.of().parseHex("0102030405060708090a0b0c0d0e0f1011121314");
    /** Of the million that the verifier allows. */
    private static final int VERIFIED_MAX = 100_000;

    @TempDir
    Path folder;

    /** The object with maps of its own, attached. */
    private static final class Hooks implements AutoCloseable {
        final BpfObject object;
        private final RingBuffer ring;

        Hooks(HookMethod method) throws Exception {
            ObjectPlan plan = method.attach(ObjectPlan.of("loader", bytes())).build();
            object = BpfObject.open(plan.object(), plan.name());
            try {
                object.programs().forEach(program -> program.setAutoload(plan.programs().containsKey(program.name())));
                plan.sizes().forEach((map, entries) -> object.map(map).setMaxEntries(entries));
                object.load();
                ring = RingBuffer.open(object.map("events"));
                for (var attachment : plan.attachments()) {
                    attachment.attach(object);
                }
            } catch (Exception e) {
                object.close();
                throw e;
            }
        }

        private static byte[] bytes() throws IOException {
            try (InputStream in = LoaderSensor.class.getResourceAsStream("/bpf/loader.bpf.o")) {
                if (in == null) {
                    throw new IOException("the module was not built: /bpf/loader.bpf.o is missing");
                }
                return in.readAllBytes();
            }
        }

        /** Decodes what came since the last time and returns the events that are about a file below a folder. */
        List<String> events(Path folder) throws InterruptedException {
            TestContext context = new TestContext();
            try (FileWorker worker = new FileWorker()) {
                LoaderDecoder decoder = new LoaderDecoder(context,
                        new MappingReporter(context, worker, new BuildIdSearch(Path.of("/proc"))));
                decoder.policies(1);
                int[] records = new int[1];
                ring.drain(record -> {
                    byte[] path = new byte[record.getInt(MsgLoader.PATH_SIZE)];
                    record.getBytes(MsgLoader.SIZE, path, 0, path.length);
                    String text = new String(path, StandardCharsets.UTF_8);
                    if (text.startsWith(folder.toString()) || text.startsWith("memfd:tetragon")) {
                        records[0]++;
                        decoder.decode(record);
                    }
                }, Integer.MAX_VALUE);
                context.readUntil(() -> context.events.size() == records[0]);
            }
            return context.lines();
        }

        /** Returns of which files those mappings are that came since the last time and are below a folder. */
        List<FileVersion> versions(Path folder) {
            List<FileVersion> files = new ArrayList<>();
            ring.drain(record -> {
                byte[] path = new byte[record.getInt(MsgLoader.PATH_SIZE)];
                record.getBytes(MsgLoader.SIZE, path, 0, path.length);
                if (new String(path, StandardCharsets.UTF_8).startsWith(folder.toString())) {
                    files.add(LoaderDecoder.file(record));
                }
            }, Integer.MAX_VALUE);
            return files;
        }

        @Override
        public void close() {
            ring.close();
            object.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> everyWayTellsOfBinariesAndLibraries() {
        return Arrays.stream(HookMethod.values()).map(method -> DynamicTest.dynamicTest(method.name(), () -> {
            assumeAvailable(method);
            Path program = folder.resolve("program-" + method);
            Files.copy(Path.of("/bin/true"), program);
            Path library = Library.write(folder.resolve("library-" + method), ID);
            Path data = Library.write(folder.resolve("data-" + method), ID);
            try (Hooks hooks = new Hooks(method);
                    Library mapped = Library.open(library);
                    Library readOnly = Library.open(data);
                    Library memory = Library.inMemory("tetragon", ID)) {
                hooks.object.programs().stream().filter(p -> p.autoload()).forEach(p ->
                        assertTrue(p.info().verifiedInstructions() < VERIFIED_MAX, p.name()));
                hooks.events(folder);

                assertEquals(0, new ProcessBuilder(program.toString()).start().waitFor());
                assertPaths(List.of(program.toString()), hooks.events(folder), "");

                long read = readOnly.map(Library.READ);
                assertPaths(List.of(), hooks.events(folder), "");

                long address = mapped.map(Library.READ_EXECUTE);
                assertPaths(List.of(library.toString()), hooks.events(folder), "AQIDBAUGBwgJCgsMDQ4PEBESExQ=");
                Library.unmap(address);

                address = memory.map(Library.READ_EXECUTE);
                assertPaths(List.of("/memfd:tetragon (deleted)"), hooks.events(folder), "AQIDBAUGBwgJCgsMDQ4PEBESExQ=");
                Library.unmap(address);

                Library.protect(read, Library.READ_EXECUTE);
                Library.protect(read, Library.READ_EXECUTE);
                assertPaths(method.shortcoming().isEmpty() ? List.of(data.toString()) : List.of(), hooks.events(folder), "");
                Library.unmap(read);

                Files.delete(library);
                address = mapped.map(Library.READ_EXECUTE);
                assertPaths(List.of(library + " (deleted)"), hooks.events(folder), "AQIDBAUGBwgJCgsMDQ4PEBESExQ=");
                Library.unmap(address);
            }
        }));
    }

    @Test
    void aProcessInAnotherRootHasItsOwnPaths() throws Exception {
        HookMethod method = HookMethod.of(assumeKernel());
        assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "no static busybox here");
        String inside = "/" + folder.getFileName() + "/busybox";
        Path root = folder.resolve("root");
        Path program = root.resolve(inside.substring(1));
        Files.createDirectories(program.getParent());
        Files.copy(Path.of("/bin/busybox"), program);
        try (Hooks hooks = new Hooks(method)) {
            assertEquals(0, new ProcessBuilder("chroot", root.toString(), inside, "true").start().waitFor());
            List<String> lines = hooks.events(Path.of(inside));
            assertEquals(1, lines.size(), lines.toString());
            assertTrue(lines.get(0).contains("\"path\":\"" + inside + '"'), lines.get(0));
        }
    }

    /** Of two file systems, so that {@code stat} shows other numbers than the kernel has. */
    @Test
    void aFileOfAStackedFileSystemIsTheSameToTheScanAndToTheHook() throws Exception {
        KernelFeatures kernel = assumeKernel();
        assumeTrue(kernel.hasFunction("backing_file_mmap"), "before Linux 6.8 such mappings are of the file below");
        Path below = Files.createDirectory(folder.resolve("below"));
        Path other = Files.createTempDirectory(Path.of("/dev/shm"), "layer");
        Path stacked = Files.createDirectory(folder.resolve("stacked"));
        Path library = stacked.resolve("library");
        Library.write(below.resolve("library"), ID);
        String layers = "lowerdir=" + below + ":" + other;
        boolean mounted = ran("mount", "-t", "overlay", "overlay", "-o", layers, stacked.toString());
        try (Hooks hooks = new Hooks(HookMethod.of(kernel)); Library mapped = Library.open(library)) {
            assumeTrue(mounted, "cannot mount an overlay");
            long address = mapped.map(Library.READ_EXECUTE);
            List<FileVersion> scanned = new ArrayList<>();
            MapsFile.executable(Path.of("/proc/self"), line -> {
                if (line.path().equals(library.toString())) {
                    scanned.add(FileVersion.of(Path.of("/proc/self/map_files", line.range())).asMapped(line));
                }
                return true;
            });
            Library.unmap(address);
            assertEquals(scanned, hooks.versions(folder));
            assertEquals(1, scanned.size());
        } finally {
            ran("umount", stacked.toString());
            Files.delete(other);
        }
    }

    private static boolean ran(String... command) throws Exception {
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                .waitFor() == 0;
    }

    private static void assertPaths(List<String> paths, List<String> lines, String buildId) {
        assertEquals(paths.size(), lines.size(), lines.toString());
        for (int i = 0; i < paths.size(); i++) {
            assertTrue(lines.get(i).contains("\"path\":\"" + paths.get(i) + "\",\"buildid\":\"" + buildId), lines.get(i));
        }
    }

    private static void assumeAvailable(HookMethod method) throws IOException {
        assumeTrue(method.available(assumeKernel()), "this kernel cannot do " + method);
    }

    private static KernelFeatures assumeKernel() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "not run by root");
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no BTF");
        try {
            BpfMap.create(new MapSpec("probe", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1, 0)).close();
        } catch (BpfException e) {
            assumeTrue(false, "BPF cannot be used: " + e.getMessage());
        }
        return new KernelFeatures();
    }
}
