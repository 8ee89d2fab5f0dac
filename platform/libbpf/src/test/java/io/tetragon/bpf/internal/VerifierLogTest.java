// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class VerifierLogTest {
    private static final String PRINTED = """
            libbpf: prog 'first': BPF program load failed: Permission denied
            libbpf: prog 'first': -- BEGIN PROG LOAD LOG --
            func#0 @0
            0: R1=ctx() R10=fp0
            ; return *(int *)ctx; @ object.bpf.c:80
            0: (61) r0 = *(u32 *)(r1 +4096)
            invalid bpf_context access off=4096 size=4
            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            -- END PROG LOAD LOG --
            libbpf: prog 'first': failed to load: -13
            libbpf: failed to load object 'object'
            """;

    @Test
    void theComplaintIsTheLastLineThatIsNeitherCodeNorStatistics() {
        String log = VerifierLog.of(PRINTED);
        assertEquals("invalid bpf_context access off=4096 size=4", VerifierLog.complaint(log));
        assertEquals("program first: ", VerifierLog.program(PRINTED));
        assertEquals(6, log.lines().count());
    }

    @Test
    void withoutALogTheCauseIsWhatLibbpfSaidBeforeItsSummary() {
        String printed = """
                libbpf: prog 'x': BPF program load failed: Operation not permitted
                libbpf: prog 'x': failed to load: -1
                libbpf: failed to load object 'object'
                """;
        assertEquals("", VerifierLog.of(printed));
        assertEquals("prog 'x': BPF program load failed: Operation not permitted", VerifierLog.lastMessage(printed));
    }

    @Test
    void nothingPrintedGivesNothing() {
        assertEquals("", VerifierLog.of(""));
        assertEquals("", VerifierLog.complaint(""));
        assertEquals("", VerifierLog.lastMessage(""));
        assertEquals("", VerifierLog.program(""));
    }
}
