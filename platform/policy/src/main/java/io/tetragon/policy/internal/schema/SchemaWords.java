// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.NamespaceKind;
import io.tetragon.policy.model.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The words that fields take, drawn from the model's own enumerations. */
final class SchemaWords {
    static final List<String> ARGUMENT_TYPES =
            Arrays.stream(ArgumentType.values()).flatMap(type -> type.words().stream()).toList();

    static final List<String> FILTER_OPERATORS =
            Arrays.stream(Operator.values()).flatMap(operator -> operator.words().stream()).toList();

    static final List<String> BINARY_OPERATORS =
            Arrays.stream(BinaryFilter.Match.values()).map(BinaryFilter.Match::word).toList();

    static final List<String> NAMESPACES = Arrays.stream(NamespaceKind.values()).map(NamespaceKind::word).toList();

    /** The current words, the old one of NotifyEnforcer, and those that are accepted without effect. */
    static final List<String> ACTIONS = actions();

    private SchemaWords() {}

    private static List<String> actions() {
        List<String> words = new ArrayList<>(List.of("Post", "NoPost", "Sigkill", "Signal", "Override", "GetUrl",
                "DnsLookup", "TrackSock", "UntrackSock", "NotifyEnforcer", "CleanupEnforcerNotification", "Set"));
        words.addAll(List.of("NotifyKiller", "FollowFD", "UnfollowFD", "CopyFD"));
        return List.copyOf(words);
    }
}
