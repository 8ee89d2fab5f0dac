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
import java.util.zip.CRC32;
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
            for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
                check(jar, entries.nextElement());
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

    /** The library inflates and compares sizes, but not checksums. */
    private static void check(JarFile jar, JarEntry entry) throws IOException {
        CRC32 sum = new CRC32();
        byte[] buffer = new byte[16 * 1024];
        try (InputStream content = jar.getInputStream(entry)) {
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                sum.update(buffer, 0, count);
            }
        }
        if (entry.getCrc() != -1 && entry.getCrc() != sum.getValue()) {
            throw new IOException("wrong checksum of " + entry.getName());
        }
    }
}
