// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import com.google.protobuf.FieldMask;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.FieldFilterAction;
import io.tetragon.proto.Filter;
import io.tetragon.proto.GetEventsRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Which events, and which of their fields. All filter flags together are one entry of an allow
 * list: different flags are ANDed, the values of one flag are ORed.
 *
 * @param filter empty if every event is wanted
 * @param include paths below the event to keep; empty keeps all
 * @param exclude paths below the event to drop
 */
record EventSelection(Filter filter, List<String> include, List<String> exclude) {
    static void addTo(CommandSpec spec) {
        spec.addOption(Flags.list("PATH,...", "Fields to keep", "-f", "--include-fields"));
        spec.addOption(Flags.list("PATH,...", "Fields to leave out", "-F", "--exclude-fields"));
        spec.addOption(Flags.list("TYPE,...", "Types such as PROCESS_EXEC", "-e", "--event-types"));
        spec.addOption(
                Flags.list("NAME,...", "Kubernetes namespaces", "-n", "--namespace"));
        spec.addOption(Flags.list("REGEX,...", "Kubernetes namespaces", "--namespace-regex"));
        spec.addOption(Flags.list("REGEX,...", "Binaries", "--process"));
        spec.addOption(Flags.list("REGEX,...", "Kubernetes pods", "--pod"));
        spec.addOption(Flags.bool("Events outside of pods", "--host"));
        spec.addOption(Flags.list("NAME,...", "Tracing policies", "--policy-names"));
        spec.addOption(Flags.list("EXPRESSION", "CEL expressions", "--cel-expression"));
        for (String hidden : List.of("--namespaces", "--processes", "--pods", "--containers")) {
            spec.addOption(
                    OptionSpec.builder(Flags.list("REGEX,...", "", hidden)).hidden(true).build());
        }
    }

    static EventSelection of(Flags flags) throws CliException {
        Filter.Builder filter =
                Filter.newBuilder()
                        .addAllBinaryRegex(flags.list("--process"))
                        .addAllBinaryRegex(flags.list("--processes"))
                        .addAllNamespace(flags.list("--namespace"))
                        .addAllNamespace(flags.list("--namespaces"))
                        .addAllNamespaceRegex(flags.list("--namespace-regex"))
                        .addAllPodRegex(flags.list("--pod"))
                        .addAllPodRegex(flags.list("--pods"))
                        .addAllContainerNameRegex(flags.list("--containers"))
                        .addAllPolicyNames(flags.list("--policy-names"))
                        .addAllCelExpression(flags.raw("--cel-expression"));
        if (flags.bool("--host", false)) {
            filter.addNamespace("");
        }
        for (String type : flags.list("--event-types")) {
            filter.addEventSet(eventType(type));
        }
        return new EventSelection(
                filter.build(), flags.list("--include-fields"), flags.list("--exclude-fields"));
    }

    GetEventsRequest request() {
        GetEventsRequest.Builder request = GetEventsRequest.newBuilder();
        if (!filter.equals(Filter.getDefaultInstance())) {
            request.addAllowList(filter);
        }
        if (!include.isEmpty()) {
            request.addFieldFilters(fields(include, FieldFilterAction.INCLUDE));
        }
        if (!exclude.isEmpty()) {
            request.addFieldFilters(fields(exclude, FieldFilterAction.EXCLUDE));
        }
        return request.build();
    }

    private static FieldFilter fields(List<String> paths, FieldFilterAction action) {
        return FieldFilter.newBuilder()
                .setFields(FieldMask.newBuilder().addAllPaths(paths))
                .setAction(action)
                .build();
    }

    private static EventType eventType(String name) throws CliException {
        String upper = name.toUpperCase(Locale.ROOT);
        for (EventType type : EventType.values()) {
            if (type != EventType.UNRECOGNIZED && type.name().equals(upper)) {
                return type;
            }
        }
        throw new CliException(
                "there is no event type \"" + name + "\": use "
                        + Arrays.stream(EventType.values())
                                .filter(type -> type != EventType.UNRECOGNIZED)
                                .map(EventType::name)
                                .collect(Collectors.joining(", ")));
    }
}
