// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Scenario;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@NeedsAgent
@Order(1)
class ExecTableIT {
    static Stream<Scenario> rows() {
        return Stream.of(
                        BasicRows.rows(),
                        ProcessRows.rows(),
                        PrivilegeRows.rows(),
                        FileRows.rows(),
                        HostileRows.rows(),
                        CgroupRows.rows())
                .flatMap(rows -> rows);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void everyProcessLifeIsReportedAsItWas(Scenario row) throws Exception {
        row.check(Agents.running(AgentSetup.EVERYTHING));
    }
}
