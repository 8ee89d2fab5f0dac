// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectFile;
import java.util.EnumMap;
import java.util.Map;

/** The BPF objects of this bundle, each read once. Control thread only. */
final class Objects {
    /** An object file. */
    enum Name {
        KPROBE("kprobe"),
        FENTRY("fentry"),
        SYSCALL("syscall"),
        SYSCALL_DISPATCH("syscall_dispatch");

        private final String file;

        Name(String file) {
            this.file = file;
        }
    }

    private final Map<Name, byte[]> read = new EnumMap<>(Name.class);

    byte[] bytes(Name name) throws TetragonException {
        byte[] known = read.get(name);
        if (known != null) {
            return known;
        }
        byte[] bytes = ObjectFile.read(Objects.class, name.file);
        read.put(name, bytes);
        return bytes;
    }
}
