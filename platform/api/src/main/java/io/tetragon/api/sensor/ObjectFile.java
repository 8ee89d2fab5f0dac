// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The BPF objects that a bundle carries. */
public final class ObjectFile {
    private ObjectFile() {}

    /**
     * Reads {@code /bpf/NAME.bpf.o}, where the build puts what it compiles from {@code src/main/bpf/NAME.bpf.c}.
     *
     * @param owner any class of the bundle
     * @throws TetragonException INTERNAL if the bundle lacks it or is broken
     */
    public static byte[] read(Class<?> owner, String name) throws TetragonException {
        String resource = "/bpf/" + name + ".bpf.o";
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in != null) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw broken(owner, resource, String.valueOf(e.getMessage()), e);
        }
        throw broken(owner, resource, "it is missing", null);
    }

    private static TetragonException broken(Class<?> owner, String resource, String why,
            @Nullable IOException cause) {
        return new TetragonException(TetragonException.Kind.INTERNAL,
                "read " + resource + " of " + owner.getSimpleName(), why, "install its bundle anew", cause);
    }
}
