// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Scenario;
import java.util.stream.Stream;

/** Programs whose file gives privileges to the one who runs it: nobody, 65534. */
final class PrivilegeRows {
    private static final String PROPERTIES = "process.binary_properties";
    private static final String CREDENTIALS = "process.process_credentials";

    private PrivilegeRows() {}

    static Stream<Scenario> rows() {
        return Stream.of(
                grant(
                        "a set-user-ID program of root",
                        "setuid:0",
                        "{'setuid':0,'privileges_changed':['PRIVILEGES_RAISED_EXEC_FILE_SETUID']}",
                        0,
                        65534),
                grant("a set-user-ID program of another user", "setuid:1", "{'setuid':1}", 1, 65534),
                grant(
                        "a set-group-ID program of root",
                        "setgid:0",
                        "{'setgid':0,'privileges_changed':['PRIVILEGES_RAISED_EXEC_FILE_SETGID']}",
                        65534,
                        0),
                grant("a set-group-ID program of another group", "setgid:1", "{'setgid':1}", 65534, 1),
                grant(
                        "a program with file capabilities",
                        "filecap",
                        "{'privileges_changed':['PRIVILEGES_RAISED_EXEC_FILE_CAP']}",
                        65534,
                        65534),
                row(
                        "a program run by root reports root's credentials and no raised privileges",
                        Launch.of("/usr/bin/true"),
                        exec("/usr/bin/true")
                                .as("true")
                                .with(PROPERTIES, Check.absent())
                                .with("process.user.name", Check.is("root"))
                                .with("process.cap.effective", Check.present())
                                .with(CREDENTIALS + ".euid", Check.is(0))
                                .with(CREDENTIALS + ".fsgid", Check.is(0)),
                        exit("/usr/bin/true").as("true").status(0)));
    }

    private static Scenario grant(String what, String how, String properties, int euid, int egid) {
        String grant = trigger("grant-exec");
        String file = scratch("grant-" + how.replace(':', '-'));
        return row(
                what + " is reported with what it gave",
                Launch.of(grant, how, file, trigger("true")),
                exec(grant).as("grant").with(PROPERTIES, Check.absent()),
                exec(file)
                        .as("it")
                        .childOf("grant")
                        .flags("execve")
                        .with(PROPERTIES, Check.json(properties))
                        .with("process.uid", Check.is(euid))
                        .with(CREDENTIALS + ".uid", Check.is(65534))
                        .with(CREDENTIALS + ".euid", Check.is(euid))
                        .with(CREDENTIALS + ".gid", Check.is(65534))
                        .with(CREDENTIALS + ".egid", Check.is(egid))
                        .with("process.cap.permitted", capabilities(how)),
                exit(file).as("it").with(PROPERTIES, Check.absent()).status(0));
    }

    private static Check capabilities(String how) {
        return switch (how) {
            case "setuid:0" -> Check.present();
            case "filecap" -> Check.json("['CAP_NET_RAW']");
            default -> Check.absent();
        };
    }
}
