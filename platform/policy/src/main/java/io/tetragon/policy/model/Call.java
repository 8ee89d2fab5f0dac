// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/** The functions a hook is for. */
public sealed interface Call {

    /** The text in the policy. */
    String written();

    /** One function or system call. */
    record Function(String written) implements Call {}

    /** Every name of a list. */
    record FromList(String written, ListSpec list) implements Call {}
}
