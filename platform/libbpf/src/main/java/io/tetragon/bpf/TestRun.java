// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * The outcome of running a program by request.
 *
 * @param returnValue what the program returned
 * @param data        its output data
 * @param nanos       mean time of a run
 */
public record TestRun(int returnValue, byte[] data, int nanos) {
}
