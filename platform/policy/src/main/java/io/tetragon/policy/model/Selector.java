// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * One selector of a hook, its macros expanded: all of its filters must hold, then its actions are taken. Of a hook's
 * selectors the first that holds counts; one without filters always holds.
 *
 * @param label for metrics and status; may be empty
 * @param actions empty means one plain Post
 */
public record Selector(
        Position at,
        String label,
        List<PidFilter> pids,
        List<ArgumentFilter> args,
        List<ArgumentFilter> data,
        List<ArgumentFilter> returnArgs,
        List<BinaryFilter> binaries,
        List<BinaryFilter> parentBinaries,
        List<NamespaceFilter> namespaces,
        List<NamespaceChangeFilter> namespaceChanges,
        List<CapabilityFilter> capabilities,
        List<CapabilityFilter> capabilityChanges,
        Workloads workloads,
        List<Action> actions,
        List<Action> returnActions) {
    public Selector {
        pids = List.copyOf(pids);
        args = List.copyOf(args);
        data = List.copyOf(data);
        returnArgs = List.copyOf(returnArgs);
        binaries = List.copyOf(binaries);
        parentBinaries = List.copyOf(parentBinaries);
        namespaces = List.copyOf(namespaces);
        namespaceChanges = List.copyOf(namespaceChanges);
        capabilities = List.copyOf(capabilities);
        capabilityChanges = List.copyOf(capabilityChanges);
        actions = List.copyOf(actions);
        returnActions = List.copyOf(returnActions);
    }

    /** Returns the same selector with other actions. */
    public Selector withActions(List<Action> others, List<Action> othersAtReturn) {
        return new Selector(at, label, pids, args, data, returnArgs, binaries, parentBinaries, namespaces,
                namespaceChanges, capabilities, capabilityChanges, workloads, others, othersAtReturn);
    }
}
