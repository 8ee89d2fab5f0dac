// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCalls;
import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts a service together from the methods that are built; every other method of the service answers UNIMPLEMENTED and
 * says that this version has it not, which tells a user more than an unknown method.
 */
final class ServiceTable {
    /** A method with one request and one response. */
    @FunctionalInterface
    interface Unary<Q, A> {
        A call(Q request) throws TetragonException;
    }

    private static final Log LOG = Log.of(ServiceTable.class);

    private final ServiceDescriptor service;
    private final Map<String, ServerMethodDefinition<?, ?>> built = new LinkedHashMap<>();

    ServiceTable(ServiceDescriptor service) {
        this.service = service;
    }

    <Q, A> ServiceTable unary(MethodDescriptor<Q, A> method, Unary<Q, A> implementation) {
        return method(method, ServerCalls.asyncUnaryCall((request, response) -> {
            A answer;
            try {
                answer = implementation.call(request);
            } catch (TetragonException e) {
                response.onError(new StatusRuntimeException(Statuses.of(e)));
                return;
            } catch (RuntimeException e) {
                LOG.defect(e, "gRPC method failed", "method", method.getFullMethodName());
                String why = method.getBareMethodName() + ": a defect of the agent (see its log)";
                response.onError(new StatusRuntimeException(Status.INTERNAL.withDescription(why)));
                return;
            }
            response.onNext(answer);
            response.onCompleted();
        }));
    }

    /** Sets the handler of a method, whose marshallers may be others than the service's own. */
    <Q, A> ServiceTable method(MethodDescriptor<Q, A> method, ServerCallHandler<Q, A> handler) {
        built.put(method.getFullMethodName(), CheckedRequest.method(method, handler));
        return this;
    }

    ServerServiceDefinition build() {
        ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(service.getName())
                .setSchemaDescriptor(service.getSchemaDescriptor());
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
            ServerMethodDefinition<?, ?> definition =
                    built.computeIfAbsent(method.getFullMethodName(), name -> notBuilt(method));
            descriptor.addMethod(definition.getMethodDescriptor());
        }
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(descriptor.build());
        built.values().forEach(definition::addMethod);
        return definition.build();
    }

    private static <Q, A> ServerMethodDefinition<Q, A> notBuilt(MethodDescriptor<Q, A> method) {
        Status status = Status.UNIMPLEMENTED.withDescription(method.getBareMethodName() + " is not built in this version");
        return ServerMethodDefinition.create(method, ServerCalls.asyncUnaryCall(
                (request, response) -> response.onError(new StatusRuntimeException(status))));
    }
}
