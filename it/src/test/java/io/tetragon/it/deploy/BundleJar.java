// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A bundle of {@code it/bundles}, as built or with something changed. Immutable.
 *
 * @param manifest null for a jar without one
 */
record BundleJar(@Nullable Manifest manifest, Map<String, byte[]> entries) {
    /** The sensor that works: reports renamed threads, with a sequence number. */
    static BundleJar rename() {
        return read("rename");
    }

    /** The sensor that fails as the text says; see {@code FaultySensor}. */
    static BundleJar faulty(String fault) {
        return read("faulty").with("fault", fault.getBytes(StandardCharsets.UTF_8));
    }

    /** Skips the test where the bundles are not built. */
    private static BundleJar read(String name) {
        Path jar = module().resolve("bundles/" + name + "/target/org.example.sensor." + name + ".jar");
        assumeTrue(Files.exists(jar), () -> jar + " is not built: run the build from the top folder");
        try (JarInputStream in = new JarInputStream(Files.newInputStream(jar))) {
            Map<String, byte[]> entries = new LinkedHashMap<>();
            for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
            return new BundleJar(in.getManifest(), entries);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder of this module: where the tests run is not said, but where their classes are is. */
    private static Path module() {
        String classes = String.valueOf(BundleJar.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        return Path.of(classes).resolve("../..").normalize();
    }

    BundleJar with(String entry, byte[] content) {
        Map<String, byte[]> changed = new LinkedHashMap<>(entries);
        changed.put(entry, content);
        return new BundleJar(manifest, changed);
    }

    BundleJar withoutManifest() {
        return new BundleJar(null, entries);
    }

    BundleJar withHeader(String name, String value) {
        Manifest changed = new Manifest();
        if (manifest != null) {
            changed.getMainAttributes().putAll(manifest.getMainAttributes());
        }
        changed.getMainAttributes().putValue(name, value);
        return new BundleJar(changed, entries);
    }

    /** With one more import. */
    BundleJar importing(String clause) {
        Attributes headers = manifest == null ? new Attributes() : manifest.getMainAttributes();
        return withHeader("Import-Package", headers.getValue("Import-Package") + "," + clause);
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream out =
                manifest == null ? new JarOutputStream(bytes) : new JarOutputStream(bytes, manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The first part of it, as of a copy that was broken off. */
    byte[] truncated() {
        byte[] whole = bytes();
        return Arrays.copyOf(whole, whole.length / 2);
    }
}
