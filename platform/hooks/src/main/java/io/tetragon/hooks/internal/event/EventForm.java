// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.hooks.event.HookEvent;
import io.tetragon.hooks.event.UprobePlace;
import io.tetragon.proto.EventType;

/** Which members the events of a hook have, in the order of their fields; process and parent are before them in all. */
abstract sealed class EventForm {
    private final EventType type;
    private final String member;
    private final int ancestorsField;

    private EventForm(EventType type, String member, int ancestorsField) {
        this.type = type;
        this.member = member;
        this.ancestorsField = ancestorsField;
    }

    /** @param withAddresses whether stacks show addresses */
    static EventForm of(HookEvent event, boolean withAddresses) {
        if (event instanceof HookEvent.Kprobe kprobe) {
            return new Kprobe(kprobe, withAddresses);
        } else if (event instanceof HookEvent.Tracepoint tracepoint) {
            return new Tracepoint(tracepoint);
        } else if (event instanceof HookEvent.Uprobe uprobe) {
            return new Uprobe(uprobe);
        } else if (event instanceof HookEvent.Usdt usdt) {
            return new Usdt(usdt);
        }
        return new Lsm((HookEvent.Lsm) event);
    }

    final EventType type() {
        return type;
    }

    /** Returns the event's name in the oneof. */
    final String member() {
        return member;
    }

    final int ancestorsField() {
        return ancestorsField;
    }

    /** Returns the class of events by which the user asks for ancestors. */
    final String eventClass() {
        return member.substring(member.indexOf('_') + 1);
    }

    abstract void beforeAncestors(GenericEvent event, MessageWriter out);

    void behindAncestors(GenericEvent event, MessageWriter out) {}

    private static final class Kprobe extends EventForm {
        private final HookEvent.Kprobe names;
        private final boolean withAddresses;

        Kprobe(HookEvent.Kprobe names, boolean withAddresses) {
            super(EventType.PROCESS_KPROBE, "process_kprobe", 13);
            this.names = names;
            this.withAddresses = withAddresses;
        }

        @Override
        void beforeAncestors(GenericEvent event, MessageWriter out) {
            out.string(3, "function_name", names.function().apply(event.attachment));
            event.writeArguments(out, 4);
            event.writeReturn(out, 5);
            event.writeAction(out, 6);
            event.writeKernelStack(out, 7, withAddresses);
            out.string(8, "policy_name", event.hook.policyName);
            event.writeReturnAction(out, 9);
            out.string(10, "message", event.hook.message);
            event.writeTags(out, 11);
            event.writeUserStack(out, 12, withAddresses);
        }

        @Override
        void behindAncestors(GenericEvent event, MessageWriter out) {
            event.writeData(out, 14);
        }
    }

    private static final class Tracepoint extends EventForm {
        private final HookEvent.Tracepoint names;

        Tracepoint(HookEvent.Tracepoint names) {
            super(EventType.PROCESS_TRACEPOINT, "process_tracepoint", 11);
            this.names = names;
        }

        @Override
        void beforeAncestors(GenericEvent event, MessageWriter out) {
            out.string(4, "subsys", names.subsystem());
            out.string(5, "event", names.event());
            event.writeArguments(out, 6);
            out.string(7, "policy_name", event.hook.policyName);
            event.writeAction(out, 8);
            out.string(9, "message", event.hook.message);
            event.writeTags(out, 10);
        }
    }

    private static final class Uprobe extends EventForm {
        private final HookEvent.Uprobe names;

        Uprobe(HookEvent.Uprobe names) {
            super(EventType.PROCESS_UPROBE, "process_uprobe", 9);
            this.names = names;
        }

        @Override
        void beforeAncestors(GenericEvent event, MessageWriter out) {
            out.string(3, "path", names.path());
            out.string(4, "symbol", place(event).symbol());
            out.string(5, "policy_name", event.hook.policyName);
            out.string(6, "message", event.hook.message);
            event.writeArgumentsAndReturn(out, 7);
            event.writeTags(out, 8);
        }

        @Override
        void behindAncestors(GenericEvent event, MessageWriter out) {
            UprobePlace place = place(event);
            out.uint64(10, "offset", place.offset());
            out.uint64(11, "ref_ctr_offset", place.refCtrOffset());
            event.writeAction(out, 12);
            event.writeData(out, 13);
        }

        private UprobePlace place(GenericEvent event) {
            return names.places().apply(event.attachment);
        }
    }

    private static final class Usdt extends EventForm {
        private final HookEvent.Usdt names;

        Usdt(HookEvent.Usdt names) {
            super(EventType.PROCESS_USDT, "process_usdt", 10);
            this.names = names;
        }

        @Override
        void beforeAncestors(GenericEvent event, MessageWriter out) {
            out.string(3, "path", names.path());
            out.string(4, "provider", names.provider());
            out.string(5, "name", names.name());
            out.string(6, "policy_name", event.hook.policyName);
            out.string(7, "message", event.hook.message);
            event.writeArguments(out, 8);
            event.writeTags(out, 9);
        }

        @Override
        void behindAncestors(GenericEvent event, MessageWriter out) {
            event.writeAction(out, 11);
        }
    }

    private static final class Lsm extends EventForm {
        private final String name;

        Lsm(HookEvent.Lsm names) {
            super(EventType.PROCESS_LSM, "process_lsm", 10);
            name = names.hook();
        }

        @Override
        void beforeAncestors(GenericEvent event, MessageWriter out) {
            out.string(3, "function_name", name);
            out.string(5, "policy_name", event.hook.policyName);
            out.string(6, "message", event.hook.message);
            event.writeArguments(out, 7);
            event.writeAction(out, 8);
            event.writeTags(out, 9);
        }

        @Override
        void behindAncestors(GenericEvent event, MessageWriter out) {
            event.writeImaHash(out, 11);
        }
    }
}
