// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

/**
 * User and group ids and capability sets of a process.
 *
 * @param uid real user id; the ids are unsigned
 * @param permitted capability bits
 */
public record Credentials(
        int uid,
        int gid,
        int euid,
        int egid,
        int suid,
        int sgid,
        int fsuid,
        int fsgid,
        int securebits,
        long permitted,
        long effective,
        long inheritable) {
    /** All zero: root without a capability, for processes of which nothing is known. */
    public static final Credentials NONE = new Credentials(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
