// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

/**
 * What is known of a sensor at one moment.
 *
 * @param name name of the sensor, or of the file where a bundle is too broken to tell
 * @param state how far it came
 * @param reason why it is in state error, one line, otherwise empty
 * @param bundle symbolic name and version of the bundle, or its file name
 */
public record SensorStatus(String name, State state, String reason, String bundle) {
    /** How far a sensor came. */
    public enum State {
        /** The bundle is there, but some of what it imports is not. */
        INSTALLED,
        /** The bundle could be started. */
        RESOLVED,
        /** The bundle is started, its programs are not attached. */
        STARTED,
        /** Its programs are attached. */
        ATTACHED,
        /** A user switched it off. */
        DISABLED,
        /** Something failed; the reason says what. */
        ERROR
    }
}
