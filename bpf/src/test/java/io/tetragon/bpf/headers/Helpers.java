// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** An object of {@code src/test/bpf}, loaded. */
final class Helpers implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final BpfObject object;

    private Helpers(BpfObject object) {
        this.object = object;
    }

    /** Loads that of {@code helpers.bpf.c}. */
    static Helpers load(Consumer<BpfObject> settings) throws IOException {
        return load("helpers", settings);
    }

    /** Loads an object after {@code settings} were made; skips the test where that is not possible. */
    static Helpers load(String name, Consumer<BpfObject> settings) throws IOException {
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no BTF");
        try {
            BpfMap.create(new MapSpec("probe", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1, 0)).close();
        } catch (BpfException e) {
            assumeTrue(false, "BPF cannot be used: " + e.getMessage());
        }
        try (InputStream in = Helpers.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            assumeTrue(in != null, name + ".bpf.c was not compiled");
            BpfObject object = BpfObject.open(in.readAllBytes(), name);
            settings.accept(object);
            object.load();
            return new Helpers(object);
        }
    }

    BpfObject object() {
        return object;
    }

    /** Runs a program in the calling thread and returns what it returned. */
    int run(String program) {
        return object.program(program).testRun(NOTHING, 0, NOTHING).returnValue();
    }

    /** Runs a program with an argument and returns what it returned. */
    int run(String program, long argument) {
        byte[] context = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(argument).array();
        return object.program(program).testRun(NOTHING, 0, context).returnValue();
    }

    /** Returns an element of an array, of all processors one behind the other where it is one for each. */
    ByteBuffer element(String map, int index) {
        byte[] value = object.map(map).lookup(key(index)).orElseThrow();
        return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns the sum over the processors of each eight bytes of an element. */
    long[] sums(String map, int index) {
        ByteBuffer all = element(map, index);
        int cpus = BpfMap.possibleCpus();
        long[] sums = new long[all.capacity() / cpus / Long.BYTES];
        for (int i = 0; all.hasRemaining(); i++) {
            sums[i % sums.length] += all.getLong();
        }
        return sums;
    }

    void set(String map, int index, byte[] value) {
        object.map(map).update(key(index), value, BpfMap.ANY);
    }

    Seen seen() {
        return Seen.of(element("seen", 0));
    }

    static byte[] key(int index) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(index).array();
    }


    @Override
    public void close() {
        object.close();
    }
}
