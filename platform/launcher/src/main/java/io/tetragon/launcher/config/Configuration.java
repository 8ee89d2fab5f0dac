// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Merges the sources of the agent's flags, each overriding those before it:
 *
 * <ol>
 *   <li>the default in the table of flags
 *   <li>{@code /usr/lib/tetragon/tetragon.conf.d}
 *   <li>{@code /usr/local/lib/tetragon/tetragon.conf.d}
 *   <li>{@code tetragon.yaml} in the working directory
 *   <li>{@code /etc/tetragon/tetragon.yaml}
 *   <li>{@code /etc/tetragon/tetragon.conf.d}
 *   <li>the directory of {@code --config-dir}, which any other source may name
 *   <li>{@code TETRAGON_<FLAG>} in the environment; an empty variable is as good as none
 *   <li>the command line
 * </ol>
 *
 * <p>An unknown flag on the command line is an error; in a file it is worth a warning, since files outlive versions.
 */
public final class Configuration {
    private static final Log LOG = Log.of(Configuration.class);

    private final Path root;
    private final Path workingDirectory;
    private final UnaryOperator<@Nullable String> environment;

    /**
     * @param root what stands for {@code /}
     * @param workingDirectory where a {@code tetragon.yaml} is looked for
     * @param environment value of a variable, or null
     */
    public Configuration(Path root, Path workingDirectory, UnaryOperator<@Nullable String> environment) {
        this.root = root;
        this.workingDirectory = workingDirectory;
        this.environment = environment;
    }

    /**
     * Returns the settings for a command line.
     *
     * @throws TetragonException if a flag is unknown, a value is wrong or flags contradict each other
     */
    public FlagSettings load(String... arguments) throws TetragonException {
        Source commandLine = CommandLine.parse(arguments);
        Source variables = variables();
        List<Source> sources = new ArrayList<>();
        sources.add(DropInDirectory.readIfPresent(root.resolve("usr/lib/tetragon/tetragon.conf.d")));
        sources.add(DropInDirectory.readIfPresent(root.resolve("usr/local/lib/tetragon/tetragon.conf.d")));
        addYaml(sources, workingDirectory.resolve("tetragon.yaml"));
        addYaml(sources, root.resolve("etc/tetragon/tetragon.yaml"));
        sources.add(DropInDirectory.readIfPresent(root.resolve("etc/tetragon/tetragon.conf.d")));
        String directory = configDirectory(sources, variables, commandLine);
        if (!directory.isEmpty()) {
            sources.add(DropInDirectory.readRequired(Path.of(directory)));
        }
        sources.add(variables);
        sources.add(commandLine);
        FlagSettings settings = merge(sources);
        FlagRules.check(settings);
        return settings;
    }

    /** Returns the usage text if the command line asks for it or for the list of flags, otherwise null. */
    public static @Nullable String information(String... arguments) throws TetragonException {
        Map<String, String> values = CommandLine.parse(arguments).values();
        if (isOn(values.get("help"))) {
            return Usage.text();
        }
        return isOn(values.get("generate-docs")) ? Usage.yaml() : null;
    }

    private static boolean isOn(@Nullable String text) throws TetragonException {
        try {
            return text != null && FlagType.BOOL.parse(text).equals(Boolean.TRUE);
        } catch (IllegalArgumentException e) {
            throw Source.invalid("\"" + text + "\"", String.valueOf(e.getMessage()));
        }
    }

    private static void addYaml(List<Source> sources, Path file) throws TetragonException {
        if (Files.isRegularFile(file)) {
            sources.add(YamlFile.read(file));
        } else if (Files.exists(file)) {
            LOG.warn("configuration file ignored", "file", file, "reason", "not a regular file");
        }
    }

    private Source variables() {
        Map<String, String> values = new HashMap<>();
        for (Flag flag : Flags.all()) {
            String variable = "TETRAGON_" + flag.name().toUpperCase(Locale.ROOT).replace('-', '_');
            String text = environment.apply(variable);
            if (text != null && !text.isEmpty()) {
                values.put(flag.name(), text);
            }
        }
        return new Source("environment", values);
    }

    private static String configDirectory(List<Source> files, Source variables, Source commandLine) {
        String directory = "";
        List<Source> sources = new ArrayList<>(files);
        sources.add(variables);
        sources.add(commandLine);
        for (Source source : sources) {
            directory = source.values().getOrDefault("config-dir", directory);
        }
        return directory;
    }

    private static FlagSettings merge(List<Source> sources) throws TetragonException {
        Map<String, String> texts = new HashMap<>();
        Map<String, String> origins = new HashMap<>();
        for (Source source : sources) {
            for (Map.Entry<String, String> entry : source.values().entrySet()) {
                if (Flags.find(entry.getKey()) == null) {
                    LOG.warn("unknown flag ignored", "flag", entry.getKey(), "source", source.name());
                    continue;
                }
                texts.put(entry.getKey(), entry.getValue());
                origins.put(entry.getKey(), source.name());
            }
        }
        return FlagSettings.of(texts, origins);
    }
}
