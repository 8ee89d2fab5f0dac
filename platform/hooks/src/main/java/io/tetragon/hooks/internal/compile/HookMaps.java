// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What becomes of the maps of a hook's object.
 *
 * @param sizes of maps whose entries are not known before
 * @param omitted those that are not created
 * @param ofPolicy those that the policy's objects share
 */
record HookMaps(Map<String, Integer> sizes, List<String> omitted, List<String> ofPolicy) {
    private static final String RATES = "hook_rates";
    private static final String CALLS = "hook_calls";
    private static final String STATS = "hook_stats";
    private static final String POLICY_CONF = "policy_conf";
    private static final String POLICY_SOCKS = "policy_socks";
    private static final List<String> ENFORCER = List.of("enforcer_data", "enforcer_conf");

    /** Arguments, beginnings of which are told apart, that are remembered at once. */
    private static final int RATES_SIZE = 1024;

    HookMaps {
        sizes = Collections.unmodifiableMap(new TreeMap<>(sizes));
        omitted = List.copyOf(omitted);
        ofPolicy = List.copyOf(ofPolicy);
    }

    /** What of its maps a hook has a use for, besides those that have entries. */
    record Uses(int selectors, boolean rates, boolean returns, boolean enforces, boolean socks,
            boolean enforcer) {}

    /** Returns what an object leaves out that uses the engine's headers and has no hook of its own. */
    static List<String> all() {
        return of(Map.of(), new Uses(0, false, false, false, false, false)).omitted();
    }

    static HookMaps of(Map<String, List<MapEntries.Entry>> entries, Uses uses) {
        Map<String, Integer> sizes = new TreeMap<>();
        TreeSet<String> omitted = new TreeSet<>(List.of(MapEntries.TEXTS, MapEntries.LONG_TEXTS, MapEntries.SUBSTRINGS,
                MapEntries.NUMBERS, MapEntries.ADDRESSES, RATES, CALLS));
        TreeSet<String> ofPolicy = new TreeSet<>();
        omitted.removeAll(entries.keySet());
        if (entries.containsKey(MapEntries.LONG_TEXTS)) {
            // A filter of long texts looks at the short ones first.
            omitted.remove(MapEntries.TEXTS);
        }
        sizes.put(STATS, Math.max(1, uses.selectors));
        if (uses.rates) {
            omitted.remove(RATES);
            sizes.put(RATES, RATES_SIZE);
        }
        if (uses.returns) {
            omitted.remove(CALLS);
        }
        (uses.enforces ? ofPolicy : omitted).add(POLICY_CONF);
        (uses.socks ? ofPolicy : omitted).add(POLICY_SOCKS);
        (uses.enforcer ? ofPolicy : omitted).addAll(ENFORCER);
        return new HookMaps(sizes, List.copyOf(omitted), List.copyOf(ofPolicy));
    }
}
