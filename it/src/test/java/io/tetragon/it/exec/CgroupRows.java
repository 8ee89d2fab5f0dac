// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ControlGroup;
import io.tetragon.it.kit.Scenario;
import java.util.stream.Stream;

/** Processes in a control group that is named as container runtimes name theirs. */
final class CgroupRows {
    private static final String TRUE = trigger("true");
    private static final String ID = "0123456789abcdef".repeat(4);

    /** So much of an identifier is reported. */
    private static final String REPORTED = ID.substring(0, 31);

    private CgroupRows() {}

    static Stream<Scenario> rows() {
        return Stream.of(
                inGroup("the identifier of a container is the name of its control group", ID, Check.is(REPORTED)),
                inGroup(
                        "the identifier of a container may stand after a prefix of its runtime",
                        "docker-" + ID,
                        Check.is(REPORTED)),
                inGroup("a control group with a short name is no container", "tetragon-it-plain", Check.absent()));
    }

    private static Scenario inGroup(String sentence, String group, Check docker) {
        ControlGroup made = new ControlGroup(group);
        return row(
                        sentence,
                        made.launch(TRUE),
                        exec("/usr/bin/sh").as("sh").with("process.docker", Check.absent()),
                        exec(TRUE).as("true").childOf("sh").with("process.docker", docker),
                        exit(TRUE).as("true").status(0))
                .given(made::create)
                .afterwards(made::remove);
    }
}
