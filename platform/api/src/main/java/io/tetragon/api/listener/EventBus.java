// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

import io.tetragon.api.TetragonException;

/** The service by which exporters subscribe to events. Safe for use by any thread. */
public interface EventBus {
    /**
     * Starts a thread that hands events to the listener, from the next event on.
     *
     * @throws TetragonException if a filter is wrong or has a member that is not supported
     */
    Subscription subscribe(SubscriptionRequest request, EventListener listener) throws TetragonException;
}
