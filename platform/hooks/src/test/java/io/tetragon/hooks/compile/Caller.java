// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import java.util.List;

/**
 * A process that makes a call.
 *
 * @param ancestors nearest first; of them the numbers and the binary count only
 * @param namespaces in the order of struct msg_namespaces
 * @param capabilities in the order of struct msg_capabilities
 */
record Caller(int pid, int namespacePid, String binary, List<Caller> ancestors, List<Long> namespaces,
        List<Long> namespacesAtExec, List<Long> capabilities, List<Long> capabilitiesAtExec, boolean hostUser) {

    static Caller ancestor(int pid, int namespacePid, String binary) {
        return new Caller(pid, namespacePid, binary, List.of(), List.of(), List.of(), List.of(), List.of(), true);
    }

    String parentBinary() {
        return ancestors.isEmpty() ? "" : ancestors.get(0).binary;
    }
}
