// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

/**
 * The limits of a policy; an error that comes from one names it.
 *
 * <p>Selectors of a hook, filters of a selector and values of a filter have no limit of their own: the hook engine
 * sizes its maps to the policy. What remains is what travels in a fixed place of an event or of a map's key, and what
 * keeps a hostile text from costing memory.
 */
public final class Limits {
    /** Bytes of a policy's text; what Kubernetes' store takes as well. */
    public static final int POLICY_BYTES = 1 << 20;
    /** Scalars, lists and mappings of a policy, each use of an alias counted anew. */
    public static final int NODES = 100_000;
    /** Lists and mappings within each other; the schema itself needs eleven. */
    public static final int DEPTH = 32;
    /** Nodes that selector macros add where they are used. */
    public static final int MACRO_NODES = 100_000;
    /** Problems that are reported before the rest is only counted. */
    public static final int PROBLEMS = 100;

    /** Entries of {@code args} and {@code data} of one hook together: the slots of an event. */
    public static final int ARGUMENTS = 5;
    /** Parameters that arrive in registers on x86-64. */
    public static final int REGISTER_PARAMETERS = 6;
    /** Parameters that a function's type may have for an fentry program. */
    public static final int TYPED_PARAMETERS = 12;
    /** Parameters of an LSM hook or raw tracepoint that can be read. */
    public static final int CONTEXT_PARAMETERS = 5;
    /** Steps of {@code resolve}. */
    public static final int RESOLVE_STEPS = 10;
    /** Characters of {@code resolve}. */
    public static final int RESOLVE_CHARS = 1024;
    /** Lists of generated names in one policy, each of which may take every function of the kernel. */
    public static final int GENERATED_LISTS = 16;
    /** Bytes of {@code message}. */
    public static final int MESSAGE_MIN = 2;
    /** Bytes of {@code message}. */
    public static final int MESSAGE_MAX = 256;
    /** Tags of one hook. */
    public static final int TAGS = 16;
    /** Bytes of a tag. */
    public static final int TAG_MIN = 2;
    /** Bytes of a tag. */
    public static final int TAG_MAX = 128;

    /** Bytes that Equal and NotEqual compare. */
    public static final int EQUAL_BYTES = 4096;
    /** Bytes that Prefix and NotPrefix compare. */
    public static final int PREFIX_BYTES = 256;
    /** Bytes that Postfix and NotPostfix compare. */
    public static final int POSTFIX_BYTES = 127;
    /** Bytes that SubString and SubStringIgnCase look for. */
    public static final int SUBSTRING_BYTES = 99;
    /** SubString values of one policy. */
    public static final int SUBSTRINGS = 100;
    /** CEL expressions of one policy. */
    public static final int EXPRESSIONS = 8;
    /** Bytes of a CEL expression. */
    public static final int EXPRESSION_BYTES = 1024;
    /** Bytes of a binary's path. */
    public static final int BINARY_BYTES = 255;
    /** Bytes of a path in the file system. */
    public static final int PATH_BYTES = 4095;
    /** Bytes of a kernel symbol's name. */
    public static final int SYMBOL_BYTES = 511;
    /** Different {@code matchWorkloads} of one policy. */
    public static final int WORKLOADS = 15;
    /** Seconds of a rate limit: one day. */
    public static final int RATE_LIMIT_SECONDS = 86_400;
    /** The highest error number that a function returns. */
    public static final int ERRNO = 4095;
    /** The highest signal number. */
    public static final int SIGNAL = 64;

    private Limits() {}
}
