// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A hook on functions of a program or library.
 *
 * @param path absolute
 * @param btfPath where the program's own types are described; empty when not given
 * @param refCtrOffsets none, or one per symbol or offset
 * @param binaryDigests the file has one of them; none means that any file will do
 * @param ignoreDigestFailure whether another file than the digests' is left unhooked, instead of failing the policy
 */
public record UprobeSpec(
        Position at,
        String path,
        String btfPath,
        Location location,
        List<Long> refCtrOffsets,
        List<Digest> binaryDigests,
        boolean returns,
        List<Argument> args,
        List<Argument> data,
        @Nullable Argument returnArg,
        List<Selector> selectors,
        String message,
        List<String> tags,
        boolean ignoreDigestFailure) implements HookSpec {
    public UprobeSpec {
        refCtrOffsets = List.copyOf(refCtrOffsets);
        binaryDigests = List.copyOf(binaryDigests);
        args = List.copyOf(args);
        data = List.copyOf(data);
        selectors = List.copyOf(selectors);
        tags = List.copyOf(tags);
    }

    /** Returns the same hook with other selectors. */
    public UprobeSpec withSelectors(List<Selector> others) {
        return new UprobeSpec(at, path, btfPath, location, refCtrOffsets, binaryDigests, returns, args, data, returnArg,
                others, message, tags, ignoreDigestFailure);
    }

    /** Where in the file; never empty. */
    public sealed interface Location {
        /** By name, each with an offset from it. */
        record Symbols(List<Symbol> symbols) implements Location {
            public Symbols {
                symbols = List.copyOf(symbols);
            }
        }

        /** By offset in the file. */
        record Offsets(List<Long> offsets) implements Location {
            public Offsets {
                offsets = List.copyOf(offsets);
            }
        }

        /** By virtual address. */
        record Addresses(List<Long> addresses) implements Location {
            public Addresses {
                addresses = List.copyOf(addresses);
            }
        }

        /** A symbol and the distance from it in bytes, 0 when none is written. */
        record Symbol(String written, String name, long offset) {}
    }

    /** A digest that the file must have; {@code hex} is in lower case. */
    public record Digest(String written, Algorithm algorithm, String hex) {}

    /** How a file is identified. */
    public enum Algorithm {
        SHA1("sha1", 40),
        SHA256("sha256", 64),
        SHA384("sha384", 96),
        SHA512("sha512", 128),
        /** The linker's note; its length is the linker's choice. */
        BUILD_ID("build-id", 0);

        private final String word;
        private final int digits;

        Algorithm(String word, int digits) {
            this.word = word;
            this.digits = digits;
        }

        /** Returns the word in YAML. */
        public String word() {
            return word;
        }

        /** Returns how many hexadecimal digits it has, 0 when any number. */
        public int digits() {
            return digits;
        }
    }
}
