// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

/**
 * The accounts of one listener, in events. At rest {@code offered = delivered + filtered + lost + rateLimited}; while
 * events flow, those in the queue are {@code queued}.
 *
 * @param offered events published since the subscription began
 * @param delivered events the listener took
 * @param filtered events its filters kept out
 * @param lost events that did not fit its queue or that it failed to deliver
 * @param rateLimited events above its rate
 * @param queued events waiting
 */
public record ListenerLedger(long offered, long delivered, long filtered, long lost, long rateLimited, long queued) {}
