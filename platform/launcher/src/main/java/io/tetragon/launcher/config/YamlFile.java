// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A {@code tetragon.yaml}: a map from flag name to value. Scalars count as they are written, so that {@code 0600} stays
 * what it looks like; a list stands for a comma-separated value.
 *
 * <p>This class is loaded only when such a file exists, because the YAML library costs start-up time.
 */
final class YamlFile {
    private YamlFile() {}

    static Source read(Path file) throws TetragonException {
        Map<String, String> values = new LinkedHashMap<>();
        try (Reader reader = Files.newBufferedReader(file)) {
            Node root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(reader);
            if (root != null) {
                flags(file, root, values);
            }
        } catch (IOException | YAMLException e) {
            String message = e.getMessage();
            throw invalid(file, message == null ? e.getClass().getSimpleName() : message.strip());
        }
        return new Source(file.toString(), values);
    }

    private static void flags(Path file, Node root, Map<String, String> values) throws TetragonException {
        if (root instanceof ScalarNode scalar && scalar.getValue().isEmpty()) {
            return;
        }
        if (!(root instanceof MappingNode map)) {
            throw invalid(file, "expected a map from flag name to value");
        }
        for (NodeTuple entry : map.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                throw invalid(file, "expected a flag name in line " + line(entry.getKeyNode()));
            }
            values.put(key.getValue().toLowerCase(Locale.ROOT), text(file, key.getValue(), entry.getValueNode()));
        }
    }

    private static String text(Path file, String flag, Node node) throws TetragonException {
        if (node instanceof ScalarNode scalar) {
            boolean nothing = scalar.isPlain() && scalar.getValue().matches("~|null|Null|NULL");
            return nothing ? "" : scalar.getValue();
        }
        if (!(node instanceof SequenceNode list)) {
            throw invalid(file, flag + " in line " + line(node) + " needs a scalar or a list; put JSON in quotes");
        }
        StringJoiner text = new StringJoiner(",");
        for (Node element : list.getValue()) {
            if (!(element instanceof ScalarNode scalar)) {
                throw invalid(file, flag + " in line " + line(element) + " has a list of something else than scalars");
            }
            text.add(scalar.getValue());
        }
        return text.toString();
    }

    private static int line(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    private static TetragonException invalid(Path file, String why) {
        return new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, file.toString(), why, "");
    }
}
