// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/** What the values of an argument type are compared as; decides the operators it has. */
public enum ArgumentClass {
    /** Not known before the kernel's types are: {@link ArgumentType#AUTO}. */
    UNKNOWN,
    /** Integers of any width. */
    INTEGER,
    /** Sets of capabilities. */
    CAPABILITIES,
    /** Strings and byte buffers. */
    TEXT,
    /** Files and paths, compared as the path's text. */
    PATH,
    /** Sockets and packets: both ends' addresses and ports. */
    SOCKET,
    /** Socket addresses: one end. */
    SOCKET_ADDRESS,
    /** Addresses of Unix domain sockets. */
    UNIX_ADDRESS,
    /** Reported, but nothing to compare. */
    OPAQUE
}
