// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.util.stream.Stream;

/** Hooks on functions of programs. */
final class UprobeRows {
    static final String CALLS = trigger("calls");

    private UprobeRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(
                row(
                        SMOKE + "a uprobe reports calls of a function with their arguments",
                        Lane.NATIVE,
                        """
                        uprobes:
                        - path: "%s"
                          symbols: ["calls_add"]
                          args:
                          - {index: 0, type: "int"}
                          - {index: 1, type: "int"}
                        """.formatted(CALLS),
                        Launch.of(CALLS, "add", "20", "3", "add", "-1", "1"),
                        hit("calls_add", integer(20), integer(3)),
                        hit("calls_add", integer(-1), integer(1))));
    }

    static ExpectedEvent hit(String symbol, String... args) {
        return ExpectedEvent.of("process_uprobe").with("symbol", Check.is(symbol)).with("path", Check.is(CALLS))
                .with("args", args.length == 0 ? Check.absent() : Check.json("[" + String.join(",", args) + "]"));
    }
}
