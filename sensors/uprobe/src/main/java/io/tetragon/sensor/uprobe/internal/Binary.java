// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.bpf.FoundFile;
import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program or library that is hooked. It is found once: what is checked, read and attached to is the same file, whatever
 * becomes of its path. Control thread only.
 */
final class Binary implements AutoCloseable {
    private final String hook;
    private final String path;
    private final FoundFile found;

    private Binary(String hook, String path, FoundFile found) {
        this.hook = hook;
        this.path = path;
        this.found = found;
    }

    /**
     * Finds a file.
     *
     * @param hook what errors begin with
     * @param path as the policy names it
     * @throws TetragonException NOT_FOUND when there is no such file, INVALID_ARGUMENT when it is none
     */
    static Binary find(String hook, String path) throws TetragonException {
        if (!Files.exists(Path.of(path))) {
            throw new TetragonException(Kind.NOT_FOUND, hook, path + " does not exist",
                    "install it first; a path is of the agent's mount namespace, others are below /proc/PID/root");
        }
        FoundFile found;
        try {
            found = FoundFile.at(path);
        } catch (IOException e) {
            throw new TetragonException(Kind.NOT_FOUND, hook, path + ": " + e.getMessage(), "", e);
        }
        if (!Files.isRegularFile(found.path())) {
            found.close();
            throw new TetragonException(Kind.INVALID_ARGUMENT, hook, path + " is no regular file",
                    "name a program or library");
        }
        return new Binary(hook, path, found);
    }

    /** Returns what its place in the policy and its path are called in errors. */
    String hook() {
        return hook;
    }

    /** Returns the path as the policy names it. */
    String path() {
        return path;
    }

    /** Returns a path that leads to this very file until it is closed. */
    Path file() {
        return found.path();
    }

    /** Opens it for reading; the caller closes it. */
    FileChannel open() throws TetragonException {
        try {
            return FileChannel.open(found.path());
        } catch (IOException e) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, hook, "cannot read " + path + ": " + e.getMessage(), "",
                    e);
        }
    }

    /**
     * Reads its tables; the caller closes them.
     *
     * @throws TetragonException INVALID_ARGUMENT when it is no ELF file that can be hooked
     */
    ElfFile elf() throws TetragonException {
        try {
            ElfFile elf = ElfFile.of(Path.of(path), open());
            if (elf.machine() != ElfFile.X86_64) {
                elf.close();
                throw wrong(path + " is for processors of type " + elf.machine() + ", not for x86-64",
                        "name a program or library of this machine");
            }
            return elf;
        } catch (ElfException e) {
            throw damaged(e);
        }
    }

    TetragonException damaged(ElfException e) {
        return new TetragonException(Kind.INVALID_ARGUMENT, hook, String.valueOf(e.getMessage()), "", e);
    }

    TetragonException wrong(String why, String remedy) {
        return new TetragonException(Kind.INVALID_ARGUMENT, hook, why, remedy);
    }

    @Override
    public void close() {
        found.close();
    }
}
