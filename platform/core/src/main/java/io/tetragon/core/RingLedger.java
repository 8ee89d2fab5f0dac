// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

/**
 * The accounts of the ring buffer, in records. At rest {@code produced = consumed + lost}.
 *
 * @param produced records that programs wanted to send
 * @param consumed records that the reader took
 * @param lost records that did not fit
 * @param unknown of the consumed, those without a decoder
 * @param malformed of the consumed, those that were too short
 */
public record RingLedger(long produced, long consumed, long lost, long unknown, long malformed) {}
