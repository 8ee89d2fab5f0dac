// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KernelFeaturesTest {
    private final KernelFeatures features = new KernelFeatures();

    @BeforeEach
    void requireBpf() throws IOException {
        TestObjects.requireBpf();
    }

    @AfterEach
    void close() {
        features.close();
    }

    @Test
    void everyFeatureHasAnAnswerAndEveryNoAReason() {
        Map<String, Feature> all = features.all();
        all.forEach((name, feature) -> {
            assertEquals(name, feature.name());
            assertEquals(feature.available(), feature.reason().isEmpty(), feature::toString);
            System.getLogger(KernelFeaturesTest.class.getName()).log(System.Logger.Level.INFO, feature::toString);
        });
        assertTrue(all.get("ringbuf").available(), all.get("ringbuf")::reason);
        assertTrue(all.get("raw_tracepoint").available(), all.get("raw_tracepoint")::reason);
    }

    @Test
    void anAnswerIsKept() {
        assertSame(features.feature("ringbuf"), features.feature("ringbuf"));
    }

    @Test
    void functionsAndTracepointsAreFoundByName() {
        assertTrue(features.hasFunction("security_file_open"));
        assertFalse(features.hasFunction("no_such_function"));
        assertTrue(features.hasRawTracepoint("sched_process_exec"));
        assertFalse(features.hasRawTracepoint("no_such_tracepoint"));
        features.close();
        assertTrue(features.hasFunction("security_file_open"), "read again after close");
    }

    @Test
    void anLsmHookThatIsNotThereSaysSo() {
        Feature missing = features.lsmHook("no_such_hook", false, 0);
        assertFalse(missing.available());
        assertEquals("the kernel has no bpf_lsm_no_such_hook", missing.reason());
    }

    @Test
    void anUnknownNameIsAMistakeOfTheCaller() {
        assertThrows(IllegalArgumentException.class, () -> features.feature("no_such_feature"));
    }

    @Test
    void whatIsSaidOfProgramsThatNeedTrampolinesIsTrue() throws IOException, InterruptedException {
        try (BpfObject object = BpfObject.open(TestObjects.compile("object"), "object")) {
            object.program("by_fentry").setAutoload(true);
            boolean works = true;
            try {
                object.load();
            } catch (BpfException e) {
                works = false;
            }
            assertEquals(works, features.has("fentry"), features.feature("fentry")::reason);
        }
    }
}
