// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;

/** Checks that a file is a bundle, before the framework copies it. */
final class BundleFile {
    private static final Attributes.Name SYMBOLIC_NAME = new Attributes.Name(Constants.BUNDLE_SYMBOLICNAME);

    private BundleFile() {}

    /**
     * Reads the whole file, so that damage shows now and not when a class is missing some day.
     *
     * @throws BundleException whose message says what is wrong with it
     */
    static void check(File file) throws BundleException {
        try (JarFile jar = new JarFile(file, false)) {
            byte[] buffer = new byte[16 * 1024];
            for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
                try (InputStream content = jar.getInputStream(entries.nextElement())) {
                    while (content.read(buffer) >= 0) {
                        // Reading to the end makes the library compare sizes and inflate everything.
                        continue;
                    }
                }
            }
            Manifest manifest = jar.getManifest();
            if (manifest == null || manifest.getMainAttributes().getValue(SYMBOLIC_NAME) == null) {
                throw new BundleException("not a bundle: no " + Constants.BUNDLE_SYMBOLICNAME + " in its manifest");
            }
        } catch (IOException | IllegalArgumentException | SecurityException e) {
            // Without the cause, which is what would be shown instead.
            throw new BundleException("corrupt jar: " + e.getMessage());
        }
    }
}
