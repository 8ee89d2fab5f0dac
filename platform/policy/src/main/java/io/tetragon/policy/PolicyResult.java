// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.TracingPolicy;
import java.util.List;
import java.util.stream.Collectors;

/** What became of a policy's text: a model, or the reasons why there is none. Both lists are sorted by position. */
public sealed interface PolicyResult {

    /** What is doubtful but does not stand in the way; also given when the policy was rejected. */
    List<Problem> warnings();

    /** The policy can be loaded. */
    record Accepted(TracingPolicy policy, List<Problem> warnings) implements PolicyResult {
        public Accepted {
            warnings = List.copyOf(warnings);
        }
    }

    /** The policy cannot be loaded; there is at least one problem. */
    record Rejected(List<Problem> problems, List<Problem> warnings) implements PolicyResult {
        public Rejected {
            problems = List.copyOf(problems);
            warnings = List.copyOf(warnings);
        }

        /** One line per problem, without a final line feed. */
        public String text() {
            return problems.stream().map(Problem::text).collect(Collectors.joining("\n"));
        }
    }

    /**
     * The model, for callers that have no use for the single problems.
     *
     * @throws TetragonException INVALID_ARGUMENT with every problem in its text, when the policy was rejected
     */
    default TracingPolicy orThrow() throws TetragonException {
        if (this instanceof Accepted accepted) {
            return accepted.policy();
        }
        String problems = ((Rejected) this).problems().stream().map(Problem::text).collect(Collectors.joining("; "));
        throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "read tracing policy", problems, "");
    }
}
