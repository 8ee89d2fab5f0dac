// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.Process;
import org.jspecify.annotations.Nullable;

/** What every kind of event has, or may have. */
final class Events {
    private Events() {}

    static @Nullable Process process(GetEventsResponse event) {
        return switch (event.getEventCase()) {
            case PROCESS_EXEC ->
                    event.getProcessExec().hasProcess() ? event.getProcessExec().getProcess() : null;
            case PROCESS_EXIT ->
                    event.getProcessExit().hasProcess() ? event.getProcessExit().getProcess() : null;
            case PROCESS_KPROBE ->
                    event.getProcessKprobe().hasProcess() ? event.getProcessKprobe().getProcess() : null;
            case PROCESS_TRACEPOINT ->
                    event.getProcessTracepoint().hasProcess()
                            ? event.getProcessTracepoint().getProcess()
                            : null;
            case PROCESS_LOADER ->
                    event.getProcessLoader().hasProcess() ? event.getProcessLoader().getProcess() : null;
            case PROCESS_UPROBE ->
                    event.getProcessUprobe().hasProcess() ? event.getProcessUprobe().getProcess() : null;
            case PROCESS_LSM ->
                    event.getProcessLsm().hasProcess() ? event.getProcessLsm().getProcess() : null;
            case PROCESS_USDT ->
                    event.getProcessUsdt().hasProcess() ? event.getProcessUsdt().getProcess() : null;
            case PROCESS_THROTTLE, TEST, RATE_LIMIT_INFO, EVENT_NOT_SET -> null;
        };
    }

    /** The policy behind the event; null for kinds the policy filter does not look at. */
    static @Nullable String policyName(GetEventsResponse event) {
        return switch (event.getEventCase()) {
            case PROCESS_KPROBE -> event.getProcessKprobe().getPolicyName();
            case PROCESS_TRACEPOINT -> event.getProcessTracepoint().getPolicyName();
            case PROCESS_UPROBE -> event.getProcessUprobe().getPolicyName();
            case PROCESS_LSM -> event.getProcessLsm().getPolicyName();
            default -> null;
        };
    }
}
