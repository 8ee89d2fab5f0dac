// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that keeps what was used last. For one thread. */
final class Latest<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;
    private final int max;

    /** @param max how many entries it keeps */
    Latest(int max) {
        super(16, 0.75f, true);
        this.max = max;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > max;
    }
}
