// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Process;
import io.tetragon.core.filter.FilterEntry.Condition;
import io.tetragon.proto.EventType;
import io.tetragon.proto.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compiles one {@link Filter} into its conditions. A process that is missing from the cache is on the wire with empty text,
 * and regular expressions see it so; what is unknown of it matches nothing. An event that is about no process matches no
 * member that is about one.
 */
final class FilterCompiler {
    /** Types whose events have ancestors if the agent is told so. */
    private static final Set<EventType> PROCESS_EVENTS = EnumSet.of(
            EventType.PROCESS_EXEC,
            EventType.PROCESS_EXIT,
            EventType.PROCESS_KPROBE,
            EventType.PROCESS_TRACEPOINT,
            EventType.PROCESS_UPROBE,
            EventType.PROCESS_LSM,
            EventType.PROCESS_USDT);

    private final String where;
    private final Set<EventType> withAncestors;
    private final RegexBudget budget;
    private final List<Condition> conditions = new ArrayList<>();

    /**
     * @param where the list and the position in it, for errors
     * @param withAncestors types of events that carry ancestors
     * @param budget what the regular expressions may take
     */
    FilterCompiler(String where, Set<EventType> withAncestors, RegexBudget budget) {
        this.where = where;
        this.withAncestors = withAncestors;
        this.budget = budget;
    }

    /** Adds the conditions in the order of their cost: bits and numbers, then one string each, then lists of strings. */
    FilterEntry compile(Filter filter) throws TetragonException {
        refuseUnsupported(filter);
        eventSet(filter);
        pid(filter);
        inInitTree(filter);
        healthCheck(filter);
        namespaces(filter);
        if (filter.hasCapabilities()) {
            conditions.addAll(new CapabilityConditions(where).compile(filter.getCapabilities()));
        }
        onProcess("container_id", filter.getContainerIdList(), Process::docker);
        onProcess("binary_regex", filter.getBinaryRegexList(), Process::binary);
        onProcess("arguments_regex", filter.getArgumentsRegexList(), Process::arguments);
        onParent("parent_binary_regex", filter.getParentBinaryRegexList(), Process::binary);
        onParent("parent_arguments_regex", filter.getParentArgumentsRegexList(), Process::arguments);
        ancestors(filter);
        policyNames(filter);
        return new FilterEntry(conditions);
    }

    private void refuseUnsupported(Filter filter) throws TetragonException {
        refuseUnknownFields(where, filter);
        refuse("pid_set", filter.getPidSetCount());
        refuse("pod_regex", filter.getPodRegexCount());
        refuse("labels", filter.getLabelsCount());
        refuse("cel_expression", filter.getCelExpressionCount());
        refuse("container_name_regex", filter.getContainerNameRegexCount());
    }

    private void refuse(String member, int values) throws TetragonException {
        if (values > 0) {
            throw error(where, member + " is not supported in this version", "leave it out");
        }
    }

    /** A client that is newer than the agent may send members the agent has never heard of. */
    static void refuseUnknownFields(String where, Message message) throws TetragonException {
        for (int number : message.getUnknownFields().asMap().keySet()) {
            String name = message.getDescriptorForType().getName();
            throw error(where, "member " + number + " of " + name + " is unknown to this version", "leave it out");
        }
    }

    private void eventSet(Filter filter) throws TetragonException {
        if (filter.getEventSetCount() == 0) {
            return;
        }
        // No type has a greater ordinal than 63: there are eleven of them.
        long types = 0;
        for (int number : filter.getEventSetValueList()) {
            EventType type = EventType.forNumber(number);
            if (type == null) {
                throw error(where, "event_set has the unknown event type " + number, "leave it out");
            }
            types |= 1L << type.ordinal();
        }
        long set = types;
        conditions.add(event -> (set >>> event.type().ordinal() & 1) != 0);
    }

    private void pid(Filter filter) {
        if (filter.getPidCount() == 0) {
            return;
        }
        int[] pids = filter.getPidList().stream().mapToInt(Integer::intValue).sorted().toArray();
        conditions.add(event -> {
            Process process = event.process();
            return process != null && Arrays.binarySearch(pids, process.pid()) >= 0;
        });
    }

    private void inInitTree(Filter filter) {
        if (filter.hasInInitTree()) {
            boolean wanted = filter.getInInitTree().getValue();
            conditions.add(event -> {
                Process process = event.process();
                return process != null && process.inInitTree() == wanted;
            });
        }
    }

    /** Nothing is known of pods, hence of their probes: no process is one. */
    private void healthCheck(Filter filter) {
        BoolValue wanted = filter.getHealthCheck();
        if (filter.hasHealthCheck() && wanted.getValue()) {
            conditions.add(event -> false);
        }
    }

    /** Nothing is known of pods: every process is outside of them, which the empty name stands for. */
    private void namespaces(Filter filter) throws TetragonException {
        if (filter.getNamespaceCount() > 0) {
            boolean outside = filter.getNamespaceList().contains("");
            conditions.add(event -> outside && isAboutProcess(event));
        }
        if (filter.getNamespaceRegexCount() > 0) {
            Regexes.compile(budget, where, "namespace_regex", filter.getNamespaceRegexList());
            conditions.add(event -> false);
        }
    }

    private void onProcess(String member, List<String> regexes, Function<Process, String> text)
            throws TetragonException {
        if (regexes.isEmpty()) {
            return;
        }
        Regexes compiled = Regexes.compile(budget, where, member, regexes);
        conditions.add(event -> {
            Process process = event.process();
            return process != null ? compiled.match(text.apply(process)) : isAboutProcess(event) && compiled.match("");
        });
    }

    private void onParent(String member, List<String> regexes, Function<Process, String> text)
            throws TetragonException {
        if (regexes.isEmpty()) {
            return;
        }
        Regexes compiled = Regexes.compile(budget, where, member, regexes);
        conditions.add(event -> {
            @Nullable Process parent = event.parent();
            return parent != null && compiled.match(text.apply(parent));
        });
    }

    private void ancestors(Filter filter) throws TetragonException {
        if (filter.getAncestorBinaryRegexCount() == 0) {
            return;
        }
        Regexes compiled = Regexes.compile(budget, where, "ancestor_binary_regex", filter.getAncestorBinaryRegexList());
        Set<EventType> chosen = EnumSet.copyOf(PROCESS_EVENTS);
        if (filter.getEventSetCount() > 0) {
            chosen.clear();
            chosen.addAll(filter.getEventSetList());
        }
        chosen.removeAll(withAncestors);
        if (!chosen.isEmpty()) {
            throw error(where, "ancestor_binary_regex needs ancestors, which " + chosen + " do not have",
                    "set enable-ancestors for these events, or limit event_set to others");
        }
        conditions.add(event -> event instanceof ProcessEvent withProcess && anyBinary(compiled, withProcess.ancestors()));
    }

    private static boolean anyBinary(Regexes regexes, List<Process> processes) {
        for (int i = 0; i < processes.size(); i++) {
            if (regexes.match(processes.get(i).binary())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Only events of policies have a policy's name. None of the platform's own events is one: the message is parsed for
     * those of other bundles, and for no event that cannot have a name.
     */
    private void policyNames(Filter filter) {
        if (filter.getPolicyNamesCount() == 0) {
            return;
        }
        Set<String> names = Set.copyOf(filter.getPolicyNamesList());
        conditions.add(event -> switch (event.type()) {
            case PROCESS_KPROBE -> names.contains(event.toProto().getProcessKprobe().getPolicyName());
            case PROCESS_TRACEPOINT -> names.contains(event.toProto().getProcessTracepoint().getPolicyName());
            case PROCESS_UPROBE -> names.contains(event.toProto().getProcessUprobe().getPolicyName());
            case PROCESS_LSM -> names.contains(event.toProto().getProcessLsm().getPolicyName());
            default -> false;
        });
    }

    private static boolean isAboutProcess(Event event) {
        return event.process() != null || event instanceof ProcessEvent;
    }

    static TetragonException error(String where, String why, String remedy) {
        return new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "filter (" + where + ")", why, remedy);
    }
}
