// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import com.kenai.jffi.Library;
import io.tetragon.bpf.BpfException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * libbpf, found and prepared on first use: its messages go to a logger, and the limit on locked memory is lifted.
 * A failed call becomes a {@link BpfException} with what libbpf printed meanwhile as the reason.
 */
public final class LibBpf {
    /** A folder that holds {@code libbpf.so.1}, or the library file itself. */
    public static final String PATH_PROPERTY = "io.tetragon.libbpf.path";

    private static final String SONAME = "libbpf.so.1";
    private static volatile @Nullable LibBpf instance;

    private final Library library;
    private final LibBpfLog log;
    private final Map<String, NativeFunction> functions = new ConcurrentHashMap<>();

    private LibBpf(Library library) {
        this.library = library;
        this.log = LibBpfLog.install(function("libbpf_set_print"));
        Libc.raiseMemoryLockLimit();
    }

    /** @throws BpfException when libbpf is missing */
    public static LibBpf get() {
        LibBpf present = instance;
        return present != null ? present : open();
    }

    private static synchronized LibBpf open() {
        LibBpf present = instance;
        if (present != null) {
            return present;
        }
        String file = location(System.getProperty(PATH_PROPERTY, ""));
        Library library = library(file);
        if (library == null) {
            throw new BpfException("load libbpf", 0, String.valueOf(Library.getLastError()), "install libbpf 1.1 or newer"
                    + " (Debian, Ubuntu: apt-get install libbpf1) or set -D" + PATH_PROPERTY + "=FOLDER");
        }
        LibBpf opened = new LibBpf(library);
        instance = opened;
        return opened;
    }

    private static @Nullable Library library(String file) {
        try {
            return Library.getCachedInstance(file, Library.NOW | Library.LOCAL);
        } catch (UnsatisfiedLinkError e) {
            throw new BpfException("load the native call stub", 0, String.valueOf(e.getMessage()),
                    "set -Djffi.boot.library.path=FOLDER with libjffi-1.2.so in it, or point -Djffi.extract.dir to a"
                            + " folder that allows execution");
        }
    }

    private static String location(String configured) {
        if (configured.isEmpty()) {
            return SONAME;
        }
        Path path = Path.of(configured);
        return (Files.isDirectory(path) ? path.resolve(SONAME) : path).toString();
    }

    private NativeFunction function(String name) {
        NativeFunction known = functions.get(name);
        if (known != null) {
            return known;
        }
        long address = library.getSymbolAddress(name);
        if (address == 0) {
            throw new BpfException("call " + name, 0, "this libbpf does not have it", "install libbpf 1.1 or newer");
        }
        NativeFunction function = new NativeFunction(address);
        functions.put(name, function);
        return function;
    }

    /** @return whether this version of libbpf has a function */
    public boolean has(String name) {
        return library.getSymbolAddress(name) != 0;
    }

    /** Calls a function and returns what it returns. */
    public long call(String name, long... arguments) {
        return function(name).call(arguments);
    }

    /**
     * Calls a function that returns a negative errno on failure.
     *
     * @param operation what is being done, for the message: "load object x"
     */
    public int check(String operation, String name, long... arguments) {
        NativeFunction function = function(name);
        StringBuilder outer = log.beginCapture();
        try {
            int result = (int) function.call(arguments);
            if (result < 0) {
                throw failure(operation, -result);
            }
            return result;
        } finally {
            log.endCapture(outer);
        }
    }

    /** Calls a function that returns a null pointer and sets errno on failure. */
    public long checkPointer(String operation, String name, long... arguments) {
        NativeFunction function = function(name);
        StringBuilder outer = log.beginCapture();
        try {
            long result = function.call(arguments);
            if (result == 0) {
                throw failure(operation, NativeFunction.errno());
            }
            return result;
        } finally {
            log.endCapture(outer);
        }
    }

    private BpfException failure(String operation, int errno) {
        String printed = log.captured();
        String verifier = VerifierLog.of(printed);
        String reason = VerifierLog.complaint(verifier);
        if (reason.isEmpty()) {
            reason = VerifierLog.lastMessage(printed);
        } else {
            reason = VerifierLog.program(printed) + reason;
            LibBpfLog.LOGGER.fine(() -> operation + ": verifier log:\n" + verifier);
        }
        return new BpfException(operation, errno, reason.isEmpty() ? Errors.text(errno) : reason,
                verifier.isEmpty() ? Errors.remedy(errno) : "", verifier);
    }
}
