// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * A hook on a static probe of a program or library.
 *
 * @param path absolute
 * @param btfPath where the program's own types are described; empty when not given
 */
public record UsdtSpec(
        Position at,
        String path,
        String btfPath,
        String provider,
        String name,
        List<Argument> args,
        List<Selector> selectors,
        String message,
        List<String> tags) implements HookSpec {
    public UsdtSpec {
        args = List.copyOf(args);
        selectors = List.copyOf(selectors);
        tags = List.copyOf(tags);
    }
}
