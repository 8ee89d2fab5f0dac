// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

/**
 * One flag of the agent.
 *
 * @param name as on the command line, without dashes
 * @param type how its text is read
 * @param defaultText value when no source sets it
 * @param effect whether setting it changes anything
 * @param help one line for the usage text
 */
record Flag(String name, FlagType type, String defaultText, Effect effect, String help) {
    /** What setting a flag does. */
    enum Effect {
        /** What its help says. */
        FULL,
        /** Nothing, by design; kept so that start lines written for Tetragon work. */
        NONE,
        /** Nothing in this version; setting it is worth a warning. */
        NOT_YET,
        /** As NOT_YET, and left out of the usage text. */
        HIDDEN
    }
}
