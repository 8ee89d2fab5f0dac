// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * A hook of the kernel's security modules.
 *
 * @param hook without {@code bpf_lsm_}
 */
public record LsmSpec(
        Position at,
        String hook,
        List<Argument> args,
        List<Selector> selectors,
        String message,
        List<String> tags) implements HookSpec {
    public LsmSpec {
        args = List.copyOf(args);
        selectors = List.copyOf(selectors);
        tags = List.copyOf(tags);
    }
}
