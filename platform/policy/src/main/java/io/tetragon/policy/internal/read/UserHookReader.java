// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.internal.schema.Value.WholeValue;
import io.tetragon.policy.internal.value.Numbers;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.model.UprobeSpec;
import io.tetragon.policy.model.UprobeSpec.Algorithm;
import io.tetragon.policy.model.UprobeSpec.Digest;
import io.tetragon.policy.model.UprobeSpec.Location;
import io.tetragon.policy.model.UprobeSpec.Location.Symbol;
import io.tetragon.policy.model.UsdtSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the hooks in programs: uprobes and USDTs. */
final class UserHookReader {
    private final Scope scope;
    private final HookReader hooks;

    UserHookReader(Scope scope, HookReader hooks) {
        this.scope = scope;
        this.hooks = hooks;
    }

    List<UprobeSpec> uprobes(Section spec) {
        List<UprobeSpec> uprobes = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("uprobes"))) {
            path(section, "path");
            path(section, "btfPath");
            Hook hook = hooks.hook(section, HookKind.UPROBE, "");
            Section ignore = section.section("ignore");
            uprobes.add(new UprobeSpec(section.at(), section.text("path"), section.text("btfPath"), location(section),
                    refCtrOffsets(section), digests(section), hook.returns(), hook.args(), hook.data(),
                    hook.returnArg(), hooks.selectors(section, hook), hooks.message(section), hooks.tags(section),
                    ignore != null && ignore.flag("digestVerificationFailure", false)));
        }
        return uprobes;
    }

    List<UsdtSpec> usdts(Section spec) {
        List<UsdtSpec> usdts = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("usdts"))) {
            path(section, "path");
            path(section, "btfPath");
            name(section, "provider");
            name(section, "name");
            Hook hook = hooks.hook(section, HookKind.USDT, "");
            usdts.add(new UsdtSpec(section.at(), section.text("path"), section.text("btfPath"),
                    section.text("provider"), section.text("name"), hook.args(), hooks.selectors(section, hook),
                    hooks.message(section), hooks.tags(section)));
        }
        return usdts;
    }

    private void path(Section section, String field) {
        String path = section.text(field);
        if (!section.has(field)) {
            return;
        }
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            scope.error(section, field, "wrong path " + Problems.quote(path), "it is an absolute path", "");
        } else if (bytes > Limits.PATH_BYTES) {
            scope.error(section, field, "path of " + bytes + " bytes", "the limit is " + Limits.PATH_BYTES, "");
        }
    }

    private void name(Section section, String field) {
        String name = section.text(field);
        if (section.has(field) && (name.isEmpty() || name.length() > Limits.SYMBOL_BYTES || name.indexOf('\0') >= 0)) {
            scope.error(section, field, "wrong " + field + " " + Problems.quote(name),
                    "it has 1 to " + Limits.SYMBOL_BYTES + " characters", "");
        }
    }

    private Location location(Section section) {
        List<String> given = new ArrayList<>();
        for (String field : List.of("symbols", "symbol", "offsets", "addrs")) {
            if (section.has(field)) {
                given.add(field);
            }
        }
        boolean renamed = given.contains("symbol") && given.contains("symbols");
        if (given.size() > 1 && !renamed) {
            scope.error(section, given.get(1), "both " + given.get(0) + " and " + given.get(1),
                    "a uprobe has one of symbols, offsets, addrs", "write one uprobe each");
        } else if (given.isEmpty() && section.whole()) {
            scope.error(section, "no place in the file", "a uprobe has one of symbols, offsets, addrs", "");
        }
        for (String field : given) {
            if (!field.equals("symbol") && section.count(field) == 0 && section.whole()) {
                scope.error(section, field, "empty list", "a uprobe needs a place in the file", "give it entries");
            }
        }
        if (section.has("offsets")) {
            return new Location.Offsets(wholes(section, "offsets"));
        }
        if (section.has("addrs")) {
            return new Location.Addresses(wholes(section, "addrs"));
        }
        List<Symbol> symbols = new ArrayList<>();
        for (TextValue value : section.texts("symbols")) {
            symbols.add(symbol(value));
        }
        if (section.value("symbol") instanceof TextValue value) {
            symbols.add(symbol(value));
        }
        return new Location.Symbols(symbols);
    }

    /** C++ and Rust put nearly anything into a symbol's name, so only the offset at its end is looked at. */
    private Symbol symbol(TextValue value) {
        String written = value.text();
        int plus = written.lastIndexOf('+');
        if (written.isEmpty() || written.length() > Limits.SYMBOL_BYTES * 8 || written.indexOf('\0') >= 0) {
            scope.error(value, "wrong symbol " + Problems.quote(written), "it is a function's name", "");
        }
        if (plus > 0 && plus < written.length() - 1 && Character.isDigit(written.charAt(plus + 1))) {
            try {
                return new Symbol(written, written.substring(0, plus), Numbers.parse(written.substring(plus + 1), 63,
                        false));
            } catch (ValueException e) {
                scope.error(value, "wrong offset in " + Problems.quote(written), e);
            }
        }
        return new Symbol(written, written, 0);
    }

    private List<Long> refCtrOffsets(Section section) {
        List<Long> offsets = wholes(section, "refCtrOffsets");
        if (offsets.isEmpty() || !section.whole()) {
            return offsets;
        }
        int places = section.has("symbol") ? 1 : section.count("symbols") + section.count("offsets");
        if (section.has("addrs") || offsets.size() != places) {
            scope.error(section, "refCtrOffsets", offsets.size() + " entries",
                    "it has one per symbol or offset, which are " + places, "");
        }
        return offsets;
    }

    private List<Digest> digests(Section section) {
        List<Digest> digests = new ArrayList<>();
        for (TextValue value : section.texts("binaryDigests")) {
            Digest digest = digest(value.text());
            if (digest == null) {
                scope.error(value, "wrong digest " + Problems.quote(value.text()),
                        "it is sha1, sha256, sha384, sha512 or build-id with its hexadecimal digits",
                        "write it like build-id:0123abcd");
            } else {
                digests.add(digest);
            }
        }
        return digests;
    }

    private static @Nullable Digest digest(String written) {
        int colon = written.indexOf(':');
        String hex = written.substring(colon + 1).toLowerCase(Locale.ROOT);
        for (Algorithm algorithm : Algorithm.values()) {
            boolean length = algorithm.digits() == 0
                    ? hex.length() >= 2 && hex.length() <= 128 && hex.length() % 2 == 0
                    : hex.length() == algorithm.digits();
            if (colon > 0 && written.substring(0, colon).equals(algorithm.word()) && length
                    && hex.matches("[0-9a-f]+")) {
                return new Digest(written, algorithm, hex);
            }
        }
        return null;
    }

    private static List<Long> wholes(Section section, String field) {
        return section.wholes(field).stream().map(WholeValue::whole).toList();
    }
}
