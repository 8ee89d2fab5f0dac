// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.yaml;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.yaml.YamlNode.Entry;
import io.tetragon.policy.internal.yaml.YamlNode.Mapping;
import io.tetragon.policy.internal.yaml.YamlNode.Scalar;
import io.tetragon.policy.internal.yaml.YamlNode.Sequence;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.Parser;

/**
 * Builds the tree of one document from SnakeYAML's events.
 *
 * <p>SnakeYAML's own composer is passed over because it keeps the whole document with two marks a node before anything
 * could be counted. Here each node is counted as it arrives, and an alias counts as often as what it stands for: the
 * tree that comes out is as small as it looks to whoever walks it.
 */
final class YamlComposer {
    private static final String MERGE = "<<";

    /** Ends the reading: what follows would cost too much, or mean something else than it says. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Position at;
        private final String what;
        private final String why;
        private final String remedy;

        Refused(Position at, String what, String why, String remedy) {
            super(what, null, false, false);
            this.at = at;
            this.what = what;
            this.why = why;
            this.remedy = remedy;
        }

        Position at() {
            return at;
        }

        String what() {
            return what;
        }

        String why() {
            return why;
        }

        String remedy() {
            return remedy;
        }
    }

    private record Anchored(YamlNode node, int nodes, int height) {}

    private final Parser parser;
    private final Problems problems;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private int nodes;
    private int highest;

    YamlComposer(Parser parser, Problems problems) {
        this.parser = parser;
        this.problems = problems;
    }

    @Nullable YamlNode document() {
        parser.getEvent();
        if (parser.checkEvent(Event.ID.StreamEnd)) {
            problems.error(Position.START, "", "the policy is empty", "there is no YAML document", "");
            return null;
        }
        DocumentStartEvent start = (DocumentStartEvent) parser.getEvent();
        if (start.getTags() != null && start.getTags().containsKey("!yaml!")) {
            throw new Refused(at(start), "tag directive", "a policy has no tags", "remove it");
        }
        YamlNode root = node(1);
        parser.getEvent();
        if (!parser.checkEvent(Event.ID.StreamEnd)) {
            throw new Refused(at(parser.peekEvent()), "second YAML document", "a text holds one policy",
                    "put each policy into a file of its own");
        }
        return root;
    }

    private YamlNode node(int depth) {
        Event event = parser.getEvent();
        Position at = at(event);
        highest = Math.max(highest, depth);
        if (event instanceof AliasEvent alias) {
            return aliased(alias, at, depth);
        }
        if (depth > Limits.DEPTH) {
            throw tooDeep(at);
        }
        count(at, 1);
        int before = nodes;
        int outer = highest;
        highest = depth;
        refuseTag(event, at);
        YamlNode node;
        if (event instanceof ScalarEvent scalar) {
            node = new Scalar(at, scalar.getValue(), scalar.isPlain());
        } else if (event.is(Event.ID.SequenceStart)) {
            node = sequence(at, depth);
        } else {
            node = mapping(at, depth);
        }
        String anchor = ((NodeEvent) event).getAnchor();
        if (anchor != null) {
            anchors.put(anchor, new Anchored(node, nodes - before + 1, highest - depth));
        }
        highest = Math.max(outer, highest);
        return node;
    }

    private YamlNode aliased(AliasEvent alias, Position at, int depth) {
        Anchored target = anchors.get(alias.getAnchor());
        if (target == null) {
            throw new Refused(at, "unknown anchor " + Problems.quote(alias.getAnchor()),
                    "an alias stands after the complete node it repeats", "");
        }
        count(at, target.nodes());
        if (depth + target.height() > Limits.DEPTH) {
            throw tooDeep(at);
        }
        highest = Math.max(highest, depth + target.height());
        return target.node();
    }

    private YamlNode sequence(Position at, int depth) {
        List<YamlNode> items = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.SequenceEnd)) {
            items.add(node(depth + 1));
        }
        parser.getEvent();
        return new Sequence(at, items);
    }

    private YamlNode mapping(Position at, int depth) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        List<Mapping> merged = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.MappingEnd)) {
            YamlNode key = node(depth + 1);
            YamlNode value = node(depth + 1);
            if (!(key instanceof Scalar name)) {
                problems.error(key.at(), "", "key is a list or a mapping", "keys are texts", "");
            } else if (name.plain() && name.text().equals(MERGE)) {
                collectMerged(value, merged);
            } else {
                Entry first = entries.putIfAbsent(name.text(), new Entry(name.at(), name.text(), value));
                if (first != null) {
                    problems.error(name.at(), "", "duplicate key " + Problems.quote(name.text()),
                            "it is already given at " + first.at(), "keep one of them");
                }
            }
        }
        parser.getEvent();
        for (Mapping source : merged) {
            for (Entry entry : source.entries()) {
                entries.putIfAbsent(entry.key(), entry);
            }
        }
        return new Mapping(at, List.copyOf(entries.values()));
    }

    private void collectMerged(YamlNode value, List<Mapping> merged) {
        if (value instanceof Mapping mapping) {
            merged.add(mapping);
        } else if (value instanceof Sequence sequence
                && sequence.items().stream().allMatch(Mapping.class::isInstance)) {
            sequence.items().forEach(item -> merged.add((Mapping) item));
        } else {
            problems.error(value.at(), "", "merge key \"<<\" without a mapping",
                    "it takes a mapping or a list of mappings", "");
        }
    }

    private void refuseTag(Event event, Position at) {
        String tag = event instanceof ScalarEvent scalar
                ? scalar.getTag()
                : ((CollectionStartEvent) event).getTag();
        if (tag != null) {
            problems.error(at, "", "tag " + Problems.quote(tag), "a policy has no tags", "remove it");
        }
    }

    private void count(Position at, int more) {
        nodes += more;
        if (nodes > Limits.NODES) {
            throw new Refused(at, "the policy has more than " + Limits.NODES + " nodes",
                    "scalars, lists and mappings are counted, and aliases as often as they are used",
                    "split it into several policies");
        }
    }

    private static Refused tooDeep(Position at) {
        return new Refused(at, "nested deeper than " + Limits.DEPTH + " levels",
                "no field of a policy lies that deep", "");
    }

    private static Position at(Event event) {
        return YamlReader.place(event.getStartMark());
    }
}
