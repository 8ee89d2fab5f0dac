// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.io.InputStream;
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
        String resource = "/bpf/" + name.file + ".bpf.o";
        try (InputStream in = Objects.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw broken(resource, "it is missing");
            }
            byte[] bytes = in.readAllBytes();
            read.put(name, bytes);
            return bytes;
        } catch (IOException e) {
            throw broken(resource, e.getMessage());
        }
    }

    private static TetragonException broken(String resource, String why) {
        return new TetragonException(TetragonException.Kind.INTERNAL, "read " + resource + " of sensor kprobe", why,
                "install the bundle anew");
    }
}
