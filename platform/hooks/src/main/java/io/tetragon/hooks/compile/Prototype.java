// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import java.util.List;

/**
 * The types of a function's parameters and of what it returns. Ids are those of the {@link KernelTypes} that it came from;
 * they stay the same as long as the kernel runs. Immutable.
 *
 * @param name of the function, or of the tracepoint's or LSM hook's own
 * @param module the kernel module whose types the ids are of; empty for the kernel itself
 * @param returnType id of the type, 0 for void
 * @param returnTypeName as C spells it
 */
public record Prototype(
        String name, String module, List<Parameter> parameters, int returnType, String returnTypeName) {

    public Prototype {
        parameters = List.copyOf(parameters);
    }

    /**
     * A parameter.
     *
     * @param name may be empty
     * @param type id of the type
     * @param typeName as C spells it, such as {@code struct file *}
     */
    public record Parameter(String name, int type, String typeName) {}
}
