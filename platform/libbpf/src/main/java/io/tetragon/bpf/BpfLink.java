// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A program attached to a hook. Closing it detaches the program, unless the link is pinned. Safe for concurrent use.
 */
public final class BpfLink implements AutoCloseable {
    private static final int MAX_CLOSERS = 32;
    private static final int ITERATOR_CHUNK = 64 << 10;

    private final OpenState state;
    private final String hook;
    private final long pointer;
    private final int fd;
    private final boolean slow;
    private final Consumer<BpfLink> owner;

    private BpfLink(String hook, long pointer, int fd, boolean slow, Consumer<BpfLink> owner) {
        this.state = new OpenState("link " + hook);
        this.hook = hook;
        this.pointer = pointer;
        this.fd = fd;
        this.slow = slow;
        this.owner = owner;
    }

    /** @param slow whether the kernel waits for a grace period or two when it detaches */
    static BpfLink ofLibbpf(String hook, long pointer, boolean slow, Consumer<BpfLink> owner) {
        int fd = (int) LibBpf.get().call("bpf_link__fd", pointer);
        return new BpfLink(hook, pointer, fd, slow, owner);
    }

    static BpfLink ofFd(String hook, int fd, Consumer<BpfLink> owner) {
        return new BpfLink(hook, 0, fd, true, owner);
    }

    /**
     * Opens a pinned link, which stays pinned when this is closed.
     *
     * @return owned by the caller
     * @throws BpfException when there is none at the path
     */
    public static BpfLink openPinned(Path path) {
        try (Scratch scratch = new Scratch()) {
            int fd = LibBpf.get().check("open the link pinned at " + path, "bpf_obj_get",
                    scratch.string(path.toString()));
            if (!isLink(fd)) {
                Libc.close(fd);
                throw new BpfException("open the link pinned at " + path, 0, "it is no link", "");
            }
            return new BpfLink("pinned at " + path, 0, fd, false, closed -> { });
        }
    }

    private static boolean isLink(int fd) {
        try {
            return Files.readString(Path.of("/proc/self/fdinfo/" + fd)).contains("link_type:");
        } catch (IOException e) {
            throw new BpfException("look at a pinned link", 0, String.valueOf(e.getMessage()), "mount /proc");
        }
    }

    /** @return where the program is attached, for messages */
    public String hook() {
        return hook;
    }

    boolean slow() {
        return slow;
    }

    /**
     * What the kernel says of the link.
     *
     * @throws BpfException when it is not a link of its own to the kernel (USDT, perf events before 5.15)
     */
    public LinkInfo info() {
        long stamp = state.enter();
        try {
            return KernelInfo.link(fd);
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Makes the link reachable under a path of a BPF file system; the program stays attached when the link is closed
     * and when this process ends.
     *
     * @throws BpfException with errno EINVAL or EBADF when it is not a link of its own to the kernel (USDT, perf events
     *     before 5.15)
     */
    public void pin(Path path) {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            LibBpf.get().check("pin link " + hook + " at " + path, "bpf_obj_pin", fd,
                    scratch.string(path.toString()));
        } finally {
            state.leave(stamp);
        }
    }

    /** Removes a pin, so that closing the link detaches again; without a pin nothing happens. */
    public void unpin(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new BpfException("unpin link " + hook, 0, String.valueOf(e.getMessage()), "");
        }
    }

    /**
     * Runs an iterator program once, over everything it iterates.
     *
     * @param maxBytes how much output to take; more is an error
     * @return what the program wrote
     */
    public byte[] iterate(int maxBytes) {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            int iterator = LibBpf.get().check("iterate " + hook, "bpf_iter_create", fd);
            try {
                return readAll(iterator, scratch.zeroed(ITERATOR_CHUNK), maxBytes);
            } finally {
                Libc.close(iterator);
            }
        } finally {
            state.leave(stamp);
        }
    }

    private byte[] readAll(int iterator, long chunk, int maxBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            long count = Libc.call("read", iterator, chunk, ITERATOR_CHUNK);
            if (count == 0) {
                return out.toByteArray();
            }
            if (count > 0) {
                out.writeBytes(Scratch.read(chunk, (int) count));
            } else if (NativeFunction.errno() != Errors.EINTR) {
                throw Errors.of("iterate " + hook, NativeFunction.errno());
            }
            if (out.size() > maxBytes) {
                throw new BpfException("iterate " + hook, 0, "it writes more than " + maxBytes + " bytes", "");
            }
        }
    }

    @Override
    public void close() {
        state.close(() -> {
            if (pointer != 0) {
                LibBpf.get().call("bpf_link__destroy", pointer);
            } else {
                Libc.close(fd);
            }
            owner.accept(this);
        });
    }

    /**
     * Closes links, many at a time and in no order: the kernel waits 50 to 100 ms each when it detaches perf
     * tracepoints and probes, and such waits overlap. Returns when all are closed.
     */
    public static void closeAll(Collection<BpfLink> links) {
        List<BpfLink> all = List.copyOf(links);
        AtomicInteger next = new AtomicInteger();
        Runnable closer = () -> {
            for (int i = next.getAndIncrement(); i < all.size(); i = next.getAndIncrement()) {
                all.get(i).close();
            }
        };
        List<Thread> helpers = new ArrayList<>();
        for (int i = 1; i < Math.min(MAX_CLOSERS, all.size()); i++) {
            Thread helper = new Thread(closer, "bpf-link-closer-" + i);
            helper.setDaemon(true);
            helper.start();
            helpers.add(helper);
        }
        closer.run();
        join(helpers);
    }

    private static void join(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
