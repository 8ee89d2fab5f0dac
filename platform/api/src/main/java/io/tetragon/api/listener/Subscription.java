// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

/** A running subscription. Safe for use by any thread. */
public interface Subscription extends AutoCloseable {
    /** Returns the accounts of this moment. */
    ListenerLedger ledger();

    /**
     * Ends the subscription: no further event is queued, what is queued is delivered for at most a second, the rest is
     * counted as lost. Returns when the thread has ended. Closing twice does nothing; a listener may close its own
     * subscription, which then ends behind the current event.
     */
    @Override
    void close();
}
