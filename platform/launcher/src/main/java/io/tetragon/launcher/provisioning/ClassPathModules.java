// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleException;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.framework.connect.ModuleConnector;

/**
 * Makes bundles of jars on the class path (OSGi Connect), installed from {@code classpath:} and the jar's path. Their classes
 * are the class path's own: class-data sharing reaches them, which it does not for the class loaders of other bundles, and the
 * launcher can implement their interfaces.
 */
final class ClassPathModules implements ModuleConnector {
    private static final String SCHEME = "classpath:";

    /** Returns the location from which the bundle that has a class is installed. */
    static String locationOf(Class<?> member) throws BundleException {
        String name = '/' + member.getName().replace('.', '/') + ".class";
        String url = String.valueOf(member.getResource(name));
        int end = url.lastIndexOf('!');
        if (!url.startsWith("jar:file:") || end < 0) {
            throw new BundleException(member.getName() + " is not in a jar on the class path");
        }
        return SCHEME + new File(java.net.URI.create(url.substring("jar:".length(), end))).getPath();
    }

    @Override
    public void initialize(@Nullable File storage, Map<String, String> configuration) {
        // Nothing is stored.
    }

    @Override
    public Optional<ConnectModule> connect(String location) {
        if (!location.startsWith(SCHEME)) {
            return Optional.empty();
        }
        File jar = new File(location.substring(SCHEME.length()));
        return Optional.of(() -> new JarContent(jar));
    }

    @Override
    public Optional<org.osgi.framework.BundleActivator> newBundleActivator() {
        return Optional.empty();
    }

    private static final class JarContent implements ConnectContent {
        private final File file;
        private @Nullable JarFile jar;

        JarContent(File file) {
            this.file = file;
        }

        @Override
        public synchronized void open() throws IOException {
            if (jar == null) {
                jar = new JarFile(file, false);
            }
        }

        @Override
        public synchronized void close() throws IOException {
            if (jar != null) {
                jar.close();
                jar = null;
            }
        }

        @Override
        public Optional<Map<String, String>> getHeaders() {
            // The framework reads the manifest as an entry.
            return Optional.empty();
        }

        @Override
        public Iterable<String> getEntries() throws IOException {
            return jar().stream().map(ZipEntry::getName).toList();
        }

        @Override
        public Optional<ConnectEntry> getEntry(String path) {
            try {
                JarFile source = jar();
                ZipEntry entry = source.getEntry(path);
                return entry == null ? Optional.empty() : Optional.of(new JarContentEntry(source, entry));
            } catch (IOException e) {
                return Optional.empty();
            }
        }

        @Override
        public Optional<ClassLoader> getClassLoader() {
            return Optional.of(ClassPathModules.class.getClassLoader());
        }

        private synchronized JarFile jar() throws IOException {
            open();
            JarFile open = jar;
            if (open == null) {
                throw new IOException(file + " is closed");
            }
            return open;
        }
    }

    private record JarContentEntry(JarFile jar, ZipEntry entry) implements ConnectContent.ConnectEntry {
        @Override
        public String getName() {
            return entry.getName();
        }

        @Override
        public long getContentLength() {
            return entry.getSize();
        }

        @Override
        public long getLastModified() {
            return entry.getTime();
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return jar.getInputStream(entry);
        }
    }
}
