// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.launcher.provisioning.fixture.FixtureActivator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Makes small bundles out of the fixture classes. */
final class TestBundle {
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    private TestBundle(String symbolicName) {
        headers.put("Manifest-Version", "1.0");
        headers.put("Bundle-ManifestVersion", "2");
        if (!symbolicName.isEmpty()) {
            headers.put("Bundle-SymbolicName", symbolicName);
        }
        headers.put("Import-Package", "io.tetragon.api;version=\"[0.1,1)\",io.tetragon.api.sensor;version=\"[0.1,1)\","
                + "org.osgi.framework,org.jspecify.annotations");
    }

    static TestBundle named(String symbolicName) {
        return new TestBundle(symbolicName);
    }

    /** A bundle that announces a sensor and registers it when it is started. */
    static TestBundle sensor(String sensor, boolean startAlways) {
        return named("test." + sensor).announcing(sensor, startAlways).header("Test-Sensor", sensor)
                .header("Bundle-Activator", FixtureActivator.class.getName())
                .fixture("FixtureActivator").fixture("FixtureSensor");
    }

    /** A bundle that announces a sensor and has it as a declarative service. */
    static TestBundle component(String sensor, String implementation, String reference) {
        String xml = "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.4.0\" name=\"" + sensor + "\">"
                + "<implementation class=\"io.tetragon.launcher.provisioning.fixture." + implementation + "\"/>"
                + "<service><provide interface=\"io.tetragon.api.sensor.Sensor\"/></service>"
                + (reference.isEmpty() ? "" : "<reference name=\"it\" interface=\"" + reference + "\"/>")
                + "</scr:component>";
        return named("test." + sensor).announcing(sensor, true).header("Service-Component", "OSGI-INF/it.xml")
                .entry("OSGI-INF/it.xml", xml.getBytes(StandardCharsets.UTF_8)).fixture(implementation);
    }

    TestBundle announcing(String sensor, boolean startAlways) {
        return header("Provide-Capability",
                "io.tetragon.sensor;name=" + sensor + (startAlways ? ";start=always" : ""));
    }

    /** Announces a sensor for sections of policies, written as in a manifest. */
    TestBundle serving(String sensor, String sections) {
        return header("Provide-Capability", "io.tetragon.sensor;name=" + sensor + ";sections" + sections);
    }

    TestBundle header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    TestBundle importing(String clause) {
        return header("Import-Package", headers.get("Import-Package") + ',' + clause);
    }

    TestBundle entry(String name, byte[] content) {
        entries.put(name, content);
        return this;
    }

    TestBundle fixture(String simpleName) {
        String name = "io/tetragon/launcher/provisioning/fixture/" + simpleName + ".class";
        try (InputStream content = TestBundle.class.getClassLoader().getResourceAsStream(name)) {
            return entry(name, content.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    byte[] bytes() throws IOException {
        Manifest manifest = new Manifest();
        headers.forEach((name, value) -> manifest.getMainAttributes().put(new Attributes.Name(name), value));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                jar.putNextEntry(new ZipEntry(entry.getKey()));
                jar.write(entry.getValue());
                jar.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    /** Puts the bundle into a folder as a careful user does: written elsewhere, then renamed. */
    Path into(Path folder, String file) throws IOException {
        return put(folder, file, bytes());
    }

    static Path put(Path folder, String file, byte[] content) throws IOException {
        Path draft = Files.write(folder.resolveSibling(file + ".draft"), content);
        return Files.move(draft, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }
}
