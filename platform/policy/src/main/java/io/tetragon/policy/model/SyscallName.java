// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.Locale;

/**
 * A system call as lists name it: {@code sys_dup}, {@code __x64_sys_dup}, {@code __ia32_sys_dup} or {@code i386/dup}.
 *
 * @param name without prefixes, such as {@code dup}
 */
public record SyscallName(String written, Abi abi, String name) {
    /** Which calling convention, hence which numbers. */
    public enum Abi {
        /** None named: that of the machine. */
        NATIVE,
        X64,
        I386,
        ARM64,
        ARM32
    }

    /** Reads any of the spellings; what has no known prefix is taken for a bare name. */
    public static SyscallName parse(String written) {
        int slash = written.indexOf('/');
        if (slash > 0) {
            Abi abi = abi(written.substring(0, slash));
            return new SyscallName(written, abi, bare(written.substring(slash + 1)));
        }
        if (written.startsWith("__x64_")) {
            return new SyscallName(written, Abi.X64, bare(written));
        }
        if (written.startsWith("__ia32_")) {
            return new SyscallName(written, Abi.I386, bare(written));
        }
        if (written.startsWith("__arm64_")) {
            return new SyscallName(written, Abi.ARM64, bare(written));
        }
        return new SyscallName(written, Abi.NATIVE, bare(written));
    }

    /** Whether a text names a known calling convention: x64, i386, arm64 or arm32. */
    public static boolean isAbi(String word) {
        return word.equals("x64") || word.equals("i386") || word.equals("arm64") || word.equals("arm32");
    }

    private static Abi abi(String word) {
        return isAbi(word) ? Abi.valueOf(word.toUpperCase(Locale.ROOT)) : Abi.NATIVE;
    }

    private static String bare(String name) {
        String rest = name;
        for (String prefix : new String[] {"__x64_", "__ia32_", "__arm64_"}) {
            if (rest.startsWith(prefix)) {
                rest = rest.substring(prefix.length());
            }
        }
        return rest.startsWith("sys_") ? rest.substring("sys_".length()) : rest;
    }
}
