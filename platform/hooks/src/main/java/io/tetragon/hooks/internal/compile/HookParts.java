// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.hooks.compile.ResolvedArgument;
import io.tetragon.hooks.internal.abi.HookConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that a compiled hook consists of. Immutable. */
public final class HookParts {
    private static final String CONSTANT = "hook";

    private final byte[] configuration;
    private final Map<String, List<MapEntries.Entry>> entries;
    private final HookMaps maps;
    private final List<ResolvedArgument> arguments;
    private final @Nullable ResolvedArgument returnArgument;
    private final List<Integer> binarySets;
    private final List<String> warnings;
    private final Facts facts;

    /** What sensors decide by. */
    record Facts(boolean enforces, boolean overrides, boolean returns) {}

    HookParts(byte[] configuration, Map<String, List<MapEntries.Entry>> entries, HookMaps maps,
            List<ResolvedArgument> arguments, @Nullable ResolvedArgument returnArgument, List<Integer> binarySets,
            List<String> warnings, Facts facts) {
        this.configuration = configuration;
        this.entries = new TreeMap<>(entries);
        this.maps = maps;
        this.arguments = List.copyOf(arguments);
        this.returnArgument = returnArgument;
        this.binarySets = List.copyOf(binarySets);
        this.warnings = List.copyOf(warnings);
        this.facts = facts;
    }

    /** Returns the maps that an object has no use for whose programs are not those of a hook. */
    public static List<String> mapsOfHooks() {
        return HookMaps.all();
    }

    /** Adds to the plan of an object. */
    public void applyTo(ObjectPlan.Builder plan) {
        plan.constant(CONSTANT, configuration);
        maps.sizes().forEach(plan::size);
        maps.omitted().forEach(plan::omit);
        maps.ofPolicy().forEach(plan::policyMap);
        entries.forEach((map, list) -> {
            plan.size(map, list.size());
            list.forEach(entry -> plan.entry(map, entry.key(), entry.value()));
        });
    }

    public List<ResolvedArgument> arguments() {
        return arguments;
    }

    public @Nullable ResolvedArgument returnArgument() {
        return returnArgument;
    }

    public List<Integer> binarySets() {
        return binarySets;
    }

    public List<String> warnings() {
        return warnings;
    }

    public boolean enforces() {
        return facts.enforces;
    }

    public boolean overrides() {
        return facts.overrides;
    }

    public boolean returns() {
        return facts.returns;
    }

    /** A digest, since configurations are long and compared in pairs. */
    public byte[] key() {
        byte[] anonymous = configuration.clone();
        Arrays.fill(anonymous, HookConfig.HOOK, HookConfig.HOOK + Integer.BYTES, (byte) 0);
        MessageDigest digest = sha256();
        digest.update(anonymous);
        digest.update(maps.toString().getBytes(StandardCharsets.UTF_8));
        entries.forEach((map, list) -> {
            digest.update(map.getBytes(StandardCharsets.UTF_8));
            list.forEach(entry -> {
                digest.update(entry.key());
                digest.update(entry.value());
            });
        });
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
