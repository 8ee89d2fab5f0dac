// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/**
 * Posts the same event once in a while; same are events whose arguments begin alike.
 *
 * @param seconds from 1 to 86400
 */
public record RateLimit(String written, int seconds, Scope scope) {
    /** Among whose events is counted. */
    public enum Scope {
        THREAD,
        PROCESS,
        GLOBAL
    }
}
