// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.Status;
import io.tetragon.api.TetragonException;

/** The one mapping of failures to gRPC statuses. */
final class Statuses {
    /** What clients of an agent that stops are told. */
    static final Status SHUTTING_DOWN = Status.UNAVAILABLE.withDescription("agent is shutting down");

    private Statuses() {}

    static Status of(TetragonException failure) {
        Status.Code code = switch (failure.kind()) {
            case INVALID_ARGUMENT -> Status.Code.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
            // UNIMPLEMENTED would say that the agent lacks the call, not that the kernel lacks the feature.
            case FAILED_PRECONDITION, UNSUPPORTED -> Status.Code.FAILED_PRECONDITION;
            case PERMISSION_DENIED -> Status.Code.PERMISSION_DENIED;
            case RESOURCE_EXHAUSTED -> Status.Code.RESOURCE_EXHAUSTED;
            case INTERNAL -> Status.Code.INTERNAL;
        };
        return code.toStatus().withDescription(failure.getMessage());
    }
}
