// SPDX-License-Identifier: Apache-2.0

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Run by the build: writes the packages that bundles may import of the agent's class path and of the Java platform. A jar with
 * OSGi headers says itself what it exports and in which version; of one without, every package that is not internal counts,
 * in the version of the jar.
 *
 * <p>Arguments: the file to write, the class path.
 */
final class SystemPackages {
    /** Modules that every Java runtime for servers has; bundles that need others embed libraries or fail to resolve. */
    private static final Set<String> MODULES = Set.of("java.base", "java.logging", "java.xml", "java.management",
            "java.naming", "java.net.http", "java.sql", "java.security.jgss", "java.security.sasl", "jdk.httpserver",
            "jdk.management", "jdk.net", "jdk.unsupported");
    /** On the class path, but installed as bundles, which export for themselves. */
    private static final Set<String> OWN_BUNDLES = Set.of("org.apache.felix.scr", "org.apache.felix.fileinstall");
    private static final Pattern CLAUSE = Pattern.compile("((?:[^,;\"]|\"[^\"]*\")+(?:;(?:[^,\"]|\"[^\"]*\")*)?)(?:,|$)");
    private static final Pattern VERSION = Pattern.compile(";\\s*version(?::Version)?\\s*=\\s*\"?([^\";]+)\"?");
    private static final Pattern JAR_VERSION = Pattern.compile("-(\\d+(?:\\.\\d+){0,2})[^/]*\\.jar$");

    private final Map<String, String> versions = new TreeMap<>();

    public static void main(String[] arguments) throws IOException {
        SystemPackages packages = new SystemPackages();
        packages.platform();
        for (String element : arguments[1].split(File.pathSeparator)) {
            packages.element(Path.of(element));
        }
        String list = packages.versions.entrySet().stream()
                .map(entry -> entry.getKey() + (entry.getValue().isEmpty() ? "" : ";version=\"" + entry.getValue() + '"'))
                .collect(Collectors.joining(",\\\n  "));
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "packages = " + list + "\n");
    }

    private void platform() {
        ModuleFinder.ofSystem().findAll().stream()
                .map(module -> module.descriptor())
                .filter(module -> MODULES.contains(module.name()))
                .flatMap(module -> module.exports().stream())
                .filter(export -> !export.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .forEach(name -> versions.put(name, ""));
    }

    private void element(Path element) throws IOException {
        if (Files.notExists(element)) {
            // This module's own classes, in a build that has none yet.
            return;
        }
        if (Files.isDirectory(element)) {
            Path manifest = element.resolve("META-INF/MANIFEST.MF");
            if (Files.exists(manifest)) {
                try (InputStream in = Files.newInputStream(manifest)) {
                    headers(new Manifest(in));
                }
            }
            return;
        }
        try (JarFile jar = new JarFile(element.toFile())) {
            Manifest manifest = jar.getManifest();
            if (manifest == null || !headers(manifest)) {
                scan(jar, element);
            }
        }
    }

    /** Returns whether the manifest is one of a bundle. */
    private boolean headers(Manifest manifest) {
        Attributes attributes = manifest.getMainAttributes();
        String bundle = attributes.getValue("Bundle-SymbolicName");
        if (bundle == null) {
            return false;
        }
        if (OWN_BUNDLES.contains(bundle.split(";")[0].strip())) {
            return true;
        }
        String exports = attributes.getValue("Export-Package");
        if (exports == null) {
            return true;
        }
        Matcher clauses = CLAUSE.matcher(exports);
        while (clauses.find()) {
            String clause = clauses.group(1).strip();
            Matcher version = VERSION.matcher(clause);
            put(clause.split(";")[0].strip(), version.find() ? version.group(1).strip() : "0.0.0");
        }
        return true;
    }

    private void scan(JarFile jar, Path file) {
        Matcher version = JAR_VERSION.matcher(file.toString());
        String number = version.find() ? version.group(1) : "0.0.0";
        Set<String> names = new TreeSet<>();
        try (Stream<String> entries = jar.stream().map(entry -> entry.getName())) {
            entries.filter(name -> name.endsWith(".class") && name.contains("/") && !name.startsWith("META-INF/"))
                    .map(name -> name.substring(0, name.lastIndexOf('/')).replace('/', '.'))
                    .filter(name -> !name.matches(".*\\b(internal|shaded)\\b.*"))
                    .forEach(names::add);
        } catch (UncheckedIOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
        names.forEach(name -> put(name, number));
    }

    /** The first on the class path is the one whose classes are loaded. */
    private void put(String name, String version) {
        versions.putIfAbsent(name, version);
    }
}
