// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.io.InputStream;

/** The BPF objects of this bundle. */
final class Objects {
    private Objects() {}

    /** Returns the object that was compiled from a file of this name. */
    static byte[] bytes(String file) throws TetragonException {
        String resource = "/bpf/" + file + ".bpf.o";
        try (InputStream in = Objects.class.getResourceAsStream(resource)) {
            if (in != null) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw broken(resource, e.getMessage());
        }
        throw broken(resource, "it is missing");
    }

    private static TetragonException broken(String resource, String why) {
        return new TetragonException(TetragonException.Kind.INTERNAL, "read " + resource + " of sensor uprobe", why,
                "install the bundle anew");
    }
}
