// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** Readers of arguments, each loaded when the first test asks for it and kept for the class: loading takes longest. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ArgumentReaders {
    private final Map<String, Arguments> loaded = new HashMap<>();

    final Arguments reader(String kind) throws IOException, InterruptedException {
        return reader(kind, Map.of());
    }

    /** Returns the reader with these members of {@code struct hook_argument}. */
    final Arguments reader(String kind, Map<String, Integer> members) throws IOException, InterruptedException {
        String key = kind + members;
        Arguments known = loaded.get(key);
        if (known == null) {
            known = new Arguments(kind, members);
            loaded.put(key, known);
        }
        return known;
    }

    @AfterAll
    final void unload() {
        loaded.values().forEach(Arguments::close);
        loaded.clear();
    }
}
