// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.core.filter.EventFilter;
import io.tetragon.core.filter.FieldMasks;
import io.tetragon.proto.EventType;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Hands each event to every listener. The list of listeners is copied on change, so publishing takes no lock. */
public final class EventHub implements EventBus {
    private static final ListenerThread[] NONE = {};

    /** The slots of a queue are allocated at once. */
    private static final int MAX_QUEUE = 1 << 24;

    private final Node node;
    private final KernelClock clock;
    private final Set<EventType> withAncestors;
    private volatile ListenerThread[] listeners = NONE;
    private boolean closed;
    /** Whether anything was published since listeners were last woken. Reader's thread only. */
    private boolean unannounced;

    /**
     * @param clock for the time of events that the hub makes itself
     * @param withAncestors types of events that carry ancestors, which filters may then ask for
     */
    public EventHub(Node node, KernelClock clock, Set<EventType> withAncestors) {
        this.node = node;
        this.clock = clock;
        this.withAncestors = Set.copyOf(withAncestors);
    }

    @Override
    public Subscription subscribe(SubscriptionRequest request, EventListener listener) throws TetragonException {
        if (request.queueSize() < 1 || request.queueSize() > MAX_QUEUE) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "subscribe " + request.name(),
                    "a queue of " + request.queueSize() + " events is out of range",
                    "set event-queue-size to 1 up to " + MAX_QUEUE);
        }
        EventFilter filter = EventFilter.compile(request.allow(), request.deny(), withAncestors);
        FieldMasks masks = FieldMasks.compile(request.fieldFilters());
        RateLimit limit = request.eventsPerMinute() < 0
                ? null
                : new RateLimit(node, clock, request.eventsPerMinute());
        ListenerThread added = new ListenerThread(request, listener, filter, masks, limit, this::drop);
        synchronized (this) {
            if (closed) {
                throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION,
                        "subscribe " + request.name(), "the agent is shutting down", "");
            }
            ListenerThread[] more = Arrays.copyOf(listeners, listeners.length + 1);
            more[listeners.length] = added;
            listeners = more;
        }
        try {
            added.start();
        } catch (OutOfMemoryError e) {
            drop(added);
            throw new TetragonException(TetragonException.Kind.RESOURCE_EXHAUSTED, "subscribe " + request.name(),
                    "no thread could be created", "raise the limit of tasks", e);
        }
        return added;
    }

    /** Offers an event to every listener. On the reader's thread. */
    void publish(Event event) {
        unannounced = true;
        for (ListenerThread listener : listeners) {
            listener.offer(event);
        }
    }

    /** Wakes the listeners that have something to do, if anything was published. On the reader's thread, behind a burst. */
    void wake() {
        if (!unannounced) {
            return;
        }
        unannounced = false;
        // Between queueing and looking for sleepers, as there is one between a listener's saying that it sleeps and its
        // last look at the queue: one of the two sees the other.
        VarHandle.fullFence();
        for (ListenerThread listener : listeners) {
            listener.wake();
        }
    }

    /** Returns the accounts of the running listeners by name. */
    public Map<String, ListenerLedger> ledgers() {
        Map<String, ListenerLedger> ledgers = new LinkedHashMap<>();
        for (ListenerThread listener : listeners) {
            ledgers.put(listener.name(), listener.ledger());
        }
        return ledgers;
    }

    /**
     * Waits until every listener has delivered what was published before this call, or the time is over: a listener that
     * blocks must not hold up the others' end. For any thread but the listeners' own.
     */
    public void awaitDelivered(long nanos) {
        long until = System.nanoTime() + nanos;
        for (ListenerThread listener : listeners) {
            while (!listener.isIdle() && System.nanoTime() - until < 0) {
                listener.hurry();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Ends every subscription and takes no new one. */
    public void close() {
        ListenerThread[] last;
        synchronized (this) {
            closed = true;
            last = listeners;
        }
        for (ListenerThread listener : last) {
            listener.beginClose();
        }
        for (ListenerThread listener : last) {
            listener.close();
        }
    }

    private synchronized void drop(ListenerThread gone) {
        listeners = Arrays.stream(listeners).filter(l -> l != gone).toArray(ListenerThread[]::new);
    }
}
