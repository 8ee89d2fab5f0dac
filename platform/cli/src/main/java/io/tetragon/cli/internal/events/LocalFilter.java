// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tetragon.cli.internal.CliException;
import io.tetragon.proto.EventType;
import io.tetragon.proto.Filter;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.Process;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Matches events against the members of a {@link Filter} that have a flag. Used for events from
 * standard input; those of an agent are filtered there. Regular expressions are RE2, not anchored,
 * so that no pattern takes more than linear time.
 */
public final class LocalFilter implements Predicate<GetEventsResponse> {
    private final List<Predicate<GetEventsResponse>> all = new ArrayList<>();

    /**
     * @throws CliException if a pattern is not valid, or a member is known to agents only
     */
    public LocalFilter(Filter filter) throws CliException {
        if (filter.getCelExpressionCount() > 0) {
            throw new CliException(
                    "--cel-expression is evaluated by an agent only: leave it out when reading events from"
                            + " standard input");
        }
        byProcess("--process", filter.getBinaryRegexList(), Process::getBinary);
        byProcess("--pod", filter.getPodRegexList(), p -> p.getPod().getName());
        byProcess(
                "--containers",
                filter.getContainerNameRegexList(),
                p -> p.getPod().getContainer().getName());
        byProcess(
                "--namespace-regex", filter.getNamespaceRegexList(), p -> p.getPod().getNamespace());
        if (filter.getNamespaceCount() > 0) {
            List<String> namespaces = List.copyOf(filter.getNamespaceList());
            all.add(
                    event -> {
                        Process process = Events.process(event);
                        return process != null && namespaces.contains(process.getPod().getNamespace());
                    });
        }
        if (filter.getEventSetCount() > 0) {
            List<EventType> types = List.copyOf(filter.getEventSetList());
            all.add(event -> types.contains(EventType.forNumber(event.getEventCase().getNumber())));
        }
        if (filter.getPolicyNamesCount() > 0) {
            List<String> names = List.copyOf(filter.getPolicyNamesList());
            all.add(
                    event -> {
                        String policy = Events.policyName(event);
                        return policy != null && names.contains(policy);
                    });
        }
    }

    @Override
    public boolean test(GetEventsResponse event) {
        for (Predicate<GetEventsResponse> one : all) {
            if (!one.test(event)) {
                return false;
            }
        }
        return true;
    }

    private interface Text {
        String of(Process process);
    }

    private void byProcess(String flag, List<String> expressions, Text text) throws CliException {
        if (expressions.isEmpty()) {
            return;
        }
        boolean needsPod = !flag.equals("--process");
        List<Pattern> patterns = new ArrayList<>();
        for (String expression : expressions) {
            patterns.add(compile(flag, expression));
        }
        all.add(
                event -> {
                    Process process = Events.process(event);
                    if (process == null || (needsPod && !process.hasPod())) {
                        return false;
                    }
                    String subject = text.of(process);
                    return patterns.stream().anyMatch(p -> p.matcher(subject).find());
                });
    }

    private static Pattern compile(String flag, String expression) throws CliException {
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new CliException(
                    flag + " \"" + expression + "\" is not an RE2 expression: " + e.getDescription(), e);
        }
    }
}
