// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import io.tetragon.bpf.BpfException;
import java.util.Map;

/** Turns an errno into what a user can read and do. */
public final class Errors {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EINTR = 4;
    public static final int EOPNOTSUPP = 95;
    public static final int ENOTSUPP = 524;

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(EPERM, "EPERM"), Map.entry(ENOENT, "ENOENT"), Map.entry(3, "ESRCH"), Map.entry(EINTR, "EINTR"),
            Map.entry(5, "EIO"), Map.entry(6, "ENXIO"), Map.entry(E2BIG, "E2BIG"), Map.entry(8, "ENOEXEC"),
            Map.entry(EBADF, "EBADF"), Map.entry(11, "EAGAIN"), Map.entry(ENOMEM, "ENOMEM"),
            Map.entry(EACCES, "EACCES"), Map.entry(14, "EFAULT"), Map.entry(EBUSY, "EBUSY"),
            Map.entry(EEXIST, "EEXIST"), Map.entry(19, "ENODEV"), Map.entry(20, "ENOTDIR"),
            Map.entry(21, "EISDIR"), Map.entry(EINVAL, "EINVAL"), Map.entry(23, "ENFILE"), Map.entry(24, "EMFILE"),
            Map.entry(27, "EFBIG"), Map.entry(ENOSPC, "ENOSPC"), Map.entry(30, "EROFS"), Map.entry(34, "ERANGE"),
            Map.entry(36, "ENAMETOOLONG"), Map.entry(38, "ENOSYS"), Map.entry(61, "ENODATA"), Map.entry(71, "EPROTO"),
            Map.entry(75, "EOVERFLOW"), Map.entry(EOPNOTSUPP, "EOPNOTSUPP"), Map.entry(110, "ETIMEDOUT"),
            Map.entry(116, "ESTALE"), Map.entry(ENOTSUPP, "ENOTSUPP"));

    private static final Map<Integer, String> TEXTS = Map.ofEntries(
            Map.entry(EPERM, "the kernel does not permit it"), Map.entry(ENOENT, "no such file or object"),
            Map.entry(3, "no such function or process"), Map.entry(E2BIG, "too big"), Map.entry(EBADF, "bad file descriptor"),
            Map.entry(11, "temporarily not possible"), Map.entry(ENOMEM, "out of memory"),
            Map.entry(EACCES, "permission denied"), Map.entry(14, "bad address"), Map.entry(EBUSY, "in use"),
            Map.entry(EEXIST, "exists already"), Map.entry(EINVAL, "invalid argument, or not known to this kernel"),
            Map.entry(24, "too many open files"), Map.entry(ENOSPC, "no space left"),
            Map.entry(38, "not implemented by this kernel"), Map.entry(EOPNOTSUPP, "not supported by this kernel"),
            Map.entry(ENOTSUPP, "not supported by this kernel"));

    private Errors() {
    }

    /** @return the symbolic name of an errno */
    public static String name(int errno) {
        return NAMES.getOrDefault(errno, "errno " + errno);
    }

    /** @return the errno in words */
    public static String text(int errno) {
        return TEXTS.getOrDefault(errno, "the kernel refused");
    }

    /** An exception about an errno alone. */
    public static BpfException of(String operation, int errno) {
        return new BpfException(operation, errno, text(errno), remedy(errno));
    }

    /** What usually helps, empty when nothing general can be said. */
    static String remedy(int errno) {
        return switch (errno) {
            case EPERM, EACCES -> "run as root or with CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE; if that is so,"
                    + " the kernel itself forbids it (lockdown, or built without this feature)";
            case 24 -> "raise the limit on open files (LimitNOFILE=, ulimit -n)";
            case ENOMEM -> "lower the sizes of maps and ring buffer, or give the machine more memory";
            case 38, EOPNOTSUPP, ENOTSUPP -> "use a kernel that has this feature, or another way to attach";
            default -> "";
        };
    }
}
